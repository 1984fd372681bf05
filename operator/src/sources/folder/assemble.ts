/**
 * What all files of a folder hold together, as one snapshot. Pure. Last step of the folder source.
 *
 * An object keeps its identity from one assembly to the next while its content does not change, wherever it moved. Of
 * an object that is written twice, the first good one counts, in the order of paths and lines. An object whose newest
 * text is bad keeps its last good version.
 *
 * Files know no uid and no creationTimestamp, and none are made up: they would not be the same after a restart. Who
 * wants to know the older of two objects that give no time orders them by name. `generation`, where a manifest gives
 * none, counts the changes of everything but metadata and status since the start, from 1.
 */

import { isDeepStrictEqual } from 'node:util'
import type { Finding } from '@l7mesh/crds'
import { byField, groupKindOf, KINDS, SNAPSHOT_FIELDS, type SnapshotField } from '../../kinds/kinds.ts'
import type { Item } from '../documents/documents.ts'
import type { Manifest } from '../manifest.ts'
import { type ByName, EMPTY_SNAPSHOT, type ResourceKey, type Snapshot, type SourceProblem } from '../snapshot.ts'
import { type Admitted, deepFreeze } from '../validation/admit.ts'
import { type MirroredEndpoints, mirrorSlices } from './mirror-slices.ts'

/** One file as the assembly sees it. A fading one is gone, maybe only for a moment: it yields to any other. */
export type SourceFile = {
  readonly path: string
  readonly items: readonly Item[]
  readonly problems: readonly SourceProblem[]
  readonly fading: boolean
}

/** One object: where it is written, its newest text, and the last good one, from which the object in force was made. */
export type AssembledObject = {
  readonly newest: Admitted
  readonly good: Admitted | undefined
  readonly object: Manifest | undefined
  readonly generation: number
  readonly where: string
}

export type Assembly = {
  readonly snapshot: Snapshot
  /** Every object in force, of all kinds. */
  readonly manifests: readonly Manifest[]
  readonly rejected: ReadonlyMap<ResourceKey, readonly Finding[]>
  readonly problems: readonly SourceProblem[]
  readonly entries: ReadonlyMap<string, AssembledObject>
  /** What it was made of. */
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

/** The field of the snapshot that holds the objects of a `GROUP/KIND`. */
const FIELD_OF: ReadonlyMap<string, SnapshotField> = new Map(
  SNAPSHOT_FIELDS.map(field => [groupKindOf(KINDS[field]), field]),
)

/** Makes nothing anew of what did not change. */
export function assemble(all: Iterable<SourceFile>, before: Assembly): Assembly {
  const files = [...all]
  const edits = editsSince(before, files)
  return edits ? edited(before, edits, files) : assembled(files, before)
}

/** A pass over all objects. */
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

/** Other versions of objects, in the places where they stood. */
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
    // As in `snapshotOf`: a kind's map holds nothing else.
    const objects = fields.get(field) ?? new Map(before.snapshot[field] as unknown as ByName<Manifest>)
    fields.set(field, objects.set(admission.name, is.object))
  }
  if (replaced.size === 0) return { ...before, entries, files }
  const manifests = before.manifests.map(manifest => replaced.get(manifest) ?? manifest)
  return { ...before, snapshot: { ...before.snapshot, ...Object.fromEntries(fields) }, manifests, entries, files }
}

type Edit = { readonly admission: Admitted; readonly where: string }

/** What they say depends on Services and slices too: these are never changed in place while there are any. */
const ENDPOINTS = '/Endpoints'

/** Undefined where there is more than other versions of the same objects: then nothing less than a pass over all will do. */
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
    isSound(admission) && isOf(admission, was.items[i]?.admission) ? [{ admission, where }] : [],
  )
  return edits.length === file.items.length ? edits : undefined
}

function isSamePlace(a: SourceFile, b: SourceFile): boolean {
  const isPlain = [a, b].every(({ fading }) => !fading) && isDeepStrictEqual(a.problems, b.problems)
  return isPlain && a.path === b.path && a.items.length === b.items.length
}

function isSound(admission: Item['admission']): admission is Admitted {
  return admission.tag === 'object' && admission.findings.length + admission.warnings.length === 0
}

function isOf({ key }: Admitted, other: Item['admission'] | undefined): boolean {
  return other?.tag === 'object' && other.key === key
}

type Ledger = {
  readonly entries: Map<string, AssembledObject>
  readonly before: ReadonlyMap<string, AssembledObject>
  readonly problems: SourceProblem[]
}

function enter(file: SourceFile, { where, admission }: Item, { entries, before, problems }: Ledger): void {
  if (admission.tag === 'refused') {
    problems.push({ where, message: admission.message, help: admission.help })
    return
  }
  const first = entries.get(admission.key)
  if (first && file.fading) return
  if (first && (isRefused(admission) || !isRefused(first.newest))) {
    // The same in the same words is no mistake: a file that a link leads to, a Namespace in several files.
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

/** Those that no condition will tell: the findings of a resource are in `rejected`. */
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
  const { good, object, generation = 0 } = before ?? {}
  if (newest.findings.length > 0) return { newest, good, object, generation, where }
  if (good && isDeepStrictEqual(good.manifest, newest.manifest)) return { newest, good, object, generation, where }
  const isSameContent = good && isDeepStrictEqual(contentOf(good.manifest), contentOf(newest.manifest))
  const next = isSameContent ? generation : generation + 1
  return { newest, good: newest, object: withGeneration(newest.manifest, next), generation: next, where }
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
    message: `${name} is already in ${first}, which counts`,
    help: 'Remove one of the two, or rename it.',
  }
}

function inOrder(files: Iterable<SourceFile>): readonly SourceFile[] {
  return [...files].sort((a, b) => Number(a.fading) - Number(b.fading) || (a.path < b.path ? -1 : 1))
}

function snapshotOf(entries: Iterable<AssembledObject>, before: Snapshot): Snapshot {
  const byKind = new Map([...FIELD_OF.keys(), ENDPOINTS].map(groupKind => [groupKind, new Map<string, Manifest>()]))
  for (const { newest, object } of entries) if (object) byKind.get(newest.groupKind)?.set(newest.name, object)
  // Their shape was checked when they were admitted: resources by their CRD, the others by shapes.ts.
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

/** Objects of the same identity have the same name. */
function isSameMap(a: ByName<object>, b: ByName<object>): boolean {
  if (a.size !== b.size) return false
  const others = b.values()
  for (const object of a.values()) if (object !== others.next().value) return false
  return true
}

function isSameSnapshot(a: Snapshot, b: Snapshot): boolean {
  return SNAPSHOT_FIELDS.every(field => a[field] === b[field])
}
