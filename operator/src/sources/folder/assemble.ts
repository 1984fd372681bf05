/**
 * Assembles the documents of all files of a folder into one snapshot. Pure. Last step of the folder source.
 *
 * An object keeps its identity from one assembly to the next while its content is unchanged, even if it moves. If an
 * object is defined several times, the first valid definition is used, ordered by path and line. If the latest text of
 * an object is invalid, its last valid version is kept.
 *
 * Files have no uid and no creationTimestamp, and none are generated, because they would change after a restart. Two
 * objects without a timestamp are ordered by name where age matters. `generation`, unless set in a manifest, counts the
 * changes of everything except metadata and status since the start, from 1.
 */

import { isDeepStrictEqual } from 'node:util'
import type { Finding } from '@l7mesh/crds'
import { byField, groupKindOf, KINDS, SNAPSHOT_FIELDS, type SnapshotField } from '../../kinds/kinds.ts'
import type { Item } from '../documents/documents.ts'
import type { Manifest } from '../manifest.ts'
import { type ByName, EMPTY_SNAPSHOT, type ResourceKey, type Snapshot, type SourceProblem } from '../snapshot.ts'
import { type Admitted, deepFreeze } from '../validation/admit.ts'
import { type MirroredEndpoints, mirrorSlices } from './mirror-slices.ts'

/**
 * One file as input of the assembly. A missing file may be missing only temporarily: definitions in other files take
 * precedence over its own.
 */
export type SourceFile = {
  readonly path: string
  readonly items: readonly Item[]
  readonly problems: readonly SourceProblem[]
  readonly isMissing: boolean
}

/** One object: its location, its latest text, its last valid text, and the object made from the latter. */
export type AssembledObject = {
  readonly newest: Admitted
  readonly valid: Admitted | undefined
  readonly object: Manifest | undefined
  readonly generation: number
  readonly where: string
}

export type Assembly = {
  readonly snapshot: Snapshot
  /** All valid objects, of all kinds. */
  readonly manifests: readonly Manifest[]
  readonly rejected: ReadonlyMap<ResourceKey, readonly Finding[]>
  readonly problems: readonly SourceProblem[]
  readonly entries: ReadonlyMap<string, AssembledObject>
  /** The files that it was assembled from. */
  readonly files: readonly SourceFile[]
}

export const EMPTY_ASSEMBLY: Assembly = {
  snapshot: EMPTY_SNAPSHOT,
  manifests: [],
  rejected: new Map(),
  problems: [],
  entries: new Map(),
  files: [],
}

/** The field of the snapshot for each `GROUP/KIND`. */
const FIELD_OF: ReadonlyMap<string, SnapshotField> = new Map(
  SNAPSHOT_FIELDS.map(field => [groupKindOf(KINDS[field]), field]),
)

/** Reuses everything that did not change. */
export function assemble(all: Iterable<SourceFile>, before: Assembly): Assembly {
  const files = [...all]
  const edits = editsSince(before, files)
  return edits ? edited(before, edits, files) : assembled(files, before)
}

/** Assembles all objects. */
function assembled(files: readonly SourceFile[], before: Assembly): Assembly {
  const problems: SourceProblem[] = []
  const entries = new Map<string, AssembledObject>()
  for (const file of inOrder(files)) {
    problems.push(...file.problems)
    for (const item of file.items) enter(file, item, { entries, before: before.entries, problems })
  }
  const manifests: Manifest[] = []
  const rejected = new Map<ResourceKey, readonly Finding[]>()
  for (const { newest, object } of entries.values()) {
    if (object) manifests.push(object)
    if (newest.resource && newest.findings.length > 0) rejected.set(newest.resource, newest.findings)
  }
  return { snapshot: snapshotOf(entries.values(), before.snapshot), manifests, rejected, problems, entries, files }
}

/** Replaces versions of objects in place. */
function edited(before: Assembly, edits: readonly Edit[], files: readonly SourceFile[]): Assembly {
  const entries = new Map(before.entries)
  const replaced = new Map<Manifest | undefined, Manifest>()
  const fields = new Map<SnapshotField, Map<string, Manifest>>()
  for (const { admission, where } of edits) {
    const was = entries.get(admission.key)
    const is = nextEntry(admission, where, was)
    entries.set(admission.key, is)
    if (!is.object || is.object === was?.object) continue
    replaced.set(was?.object, is.object)
    const field = FIELD_OF.get(admission.groupKind)
    if (!field) continue
    // As in `snapshotOf`: the map of a kind contains no other objects.
    const objects = fields.get(field) ?? new Map(before.snapshot[field] as unknown as ByName<Manifest>)
    fields.set(field, objects.set(admission.name, is.object))
  }
  if (replaced.size === 0) return { ...before, entries, files }
  const manifests = before.manifests.map(manifest => replaced.get(manifest) ?? manifest)
  return { ...before, snapshot: { ...before.snapshot, ...Object.fromEntries(fields) }, manifests, entries, files }
}

type Edit = { readonly admission: Admitted; readonly where: string }

/** Endpoints depend on Services and slices, so in-place edits are not possible with them. */
const ENDPOINTS = '/Endpoints'

/**
 * Returns the edits, or undefined if there are changes other than new versions of the same objects, which require a
 * full assembly.
 */
function editsSince(before: Assembly, files: readonly SourceFile[]): readonly Edit[] | undefined {
  if (before.problems.some(({ isNote }) => !isNote) || before.rejected.size > 0 || files.length !== before.files.length)
    return undefined
  const edits: Edit[] = []
  for (const [i, file] of files.entries()) {
    const found = file === before.files[i] ? [] : editsIn(file, before.files[i])
    if (!found) return undefined
    edits.push(...found)
  }
  const isMirroring = edits.length > 0 && before.entries.values().some(({ newest }) => newest.groupKind === ENDPOINTS)
  return isMirroring ? undefined : edits
}

function editsIn(file: SourceFile, was: SourceFile | undefined): readonly Edit[] | undefined {
  if (!was || !isSamePlace(file, was)) return undefined
  const edits = file.items.flatMap(({ admission, where }, i): readonly Edit[] =>
    isFlawless(admission) && isOf(admission, was.items[i]?.admission) ? [{ admission, where }] : [],
  )
  return edits.length === file.items.length ? edits : undefined
}

function isSamePlace(a: SourceFile, b: SourceFile): boolean {
  const isPlain = [a, b].every(({ isMissing }) => !isMissing) && isDeepStrictEqual(a.problems, b.problems)
  return isPlain && a.path === b.path && a.items.length === b.items.length
}

function isFlawless(admission: Item['admission']): admission is Admitted {
  return admission.tag === 'object' && admission.findings.length + admission.warnings.length === 0
}

function isOf({ key }: Admitted, other: Item['admission'] | undefined): boolean {
  return other?.tag === 'object' && other.key === key
}

type AssemblyState = {
  readonly entries: Map<string, AssembledObject>
  readonly before: ReadonlyMap<string, AssembledObject>
  readonly problems: SourceProblem[]
}

function enter(file: SourceFile, { where, admission }: Item, { entries, before, problems }: AssemblyState): void {
  if (admission.tag === 'refused') {
    problems.push({ where, message: admission.message, help: admission.help })
    return
  }
  const first = entries.get(admission.key)
  if (first && file.isMissing) return
  if (first && (isRefused(admission) || !isRefused(first.newest))) {
    // Identical definitions are allowed, such as a symbolic link to a file, or a Namespace in several files.
    const isSame = isDeepStrictEqual(first.newest.manifest, admission.manifest)
    if (!isSame) problems.push(duplicate(admission.manifest, where, first.where))
    return
  }
  if (first) {
    const { newest } = first
    problems.push(duplicate(newest.manifest, first.where, where))
    if (newest.resource) problems.push(...newest.findings.map(one => problemOf(newest.manifest, first.where, one)))
  }
  entries.set(admission.key, nextEntry(admission, where, before.get(admission.key)))
  for (const finding of findingsOf(admission)) problems.push(problemOf(admission.manifest, where, finding))
}

function isRefused({ findings }: Admitted): boolean {
  return findings.length > 0
}

/** The findings that no condition reports: those of a resource are in `rejected`. */
function findingsOf({ resource, findings, warnings }: Admitted): readonly Finding[] {
  return resource ? warnings : findings
}

function problemOf(manifest: Manifest, where: string, { path, message, help }: Finding): SourceProblem {
  return { where, message: `${titleOf(manifest)}: ${path}: ${message}`, help }
}

function titleOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`
}

function nextEntry(newest: Admitted, where: string, before: AssembledObject | undefined): AssembledObject {
  if (before?.newest === newest) return before.where === where ? before : { ...before, where }
  const { valid, object, generation = 0 } = before ?? {}
  if (newest.findings.length > 0) return { newest, valid, object, generation, where }
  if (valid && isDeepStrictEqual(valid.manifest, newest.manifest)) return { newest, valid, object, generation, where }
  const isSameContent = valid && isDeepStrictEqual(contentOf(valid.manifest), contentOf(newest.manifest))
  const next = isSameContent ? generation : generation + 1
  return { newest, valid: newest, object: withGeneration(newest.manifest, next), generation: next, where }
}

function contentOf({ metadata: _metadata, status: _status, ...content }: Manifest): object {
  return content
}

function withGeneration(manifest: Manifest, generation: number): Manifest {
  return deepFreeze({ ...manifest, metadata: { generation, ...manifest.metadata } })
}

function duplicate(manifest: Manifest, where: string, first: string): SourceProblem {
  const name = titleOf(manifest)
  return {
    where,
    message: `${name} is already defined in ${first}, which is used`,
    help: 'Remove one of the two, or rename it.',
  }
}

function inOrder(files: Iterable<SourceFile>): readonly SourceFile[] {
  return [...files].sort((a, b) => Number(a.isMissing) - Number(b.isMissing) || (a.path < b.path ? -1 : 1))
}

function snapshotOf(entries: Iterable<AssembledObject>, before: Snapshot): Snapshot {
  const byKind = new Map([...FIELD_OF.keys(), ENDPOINTS].map(groupKind => [groupKind, new Map<string, Manifest>()]))
  for (const { newest, object } of entries) if (object) byKind.get(newest.groupKind)?.set(newest.name, object)
  // They were validated on admission: resources by their CRD, others by shapes.ts.
  const written = byField<Snapshot>(
    <F extends SnapshotField>(field: F) => byKind.get(groupKindOf(KINDS[field])) as unknown as Snapshot[F],
  )
  const endpoints = [...(byKind.get(ENDPOINTS)?.values() ?? [])] as readonly MirroredEndpoints[]
  const added = mirrorSlices(endpoints, written.services, written.endpointSlices, before.endpointSlices)
  const all =
    added.length === 0 ? written : { ...written, endpointSlices: new Map([...added, ...written.endpointSlices]) }
  const next = byField<Snapshot>(field => (isSameMap(all[field], before[field]) ? before[field] : all[field]))
  return isSameSnapshot(next, before) ? before : next
}

/** Identical objects have the same name. */
function isSameMap(a: ByName<object>, b: ByName<object>): boolean {
  if (a.size !== b.size) return false
  const others = b.values()
  for (const object of a.values()) if (object !== others.next().value) return false
  return true
}

function isSameSnapshot(a: Snapshot, b: Snapshot): boolean {
  return SNAPSHOT_FIELDS.every(field => a[field] === b[field])
}
