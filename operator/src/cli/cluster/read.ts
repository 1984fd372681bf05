/**
 * Reads the objects of a mesh from a cluster once: the kinds that an operator watches, transformed and validated in the
 * same way. A kind that is missing or may not be read is reported, and treated as empty.
 */
import { createValidator } from '@l7mesh/crds'
import {
  byField,
  groupKindOf,
  KINDS,
  type KindRow,
  type KubernetesField,
  type KubernetesRow,
  type ObjectOf,
  type ResourceRow,
  SNAPSHOT_FIELDS,
  type SnapshotField,
} from '../../kinds/kinds.ts'
import { type Collection, nameOf } from '../../kube/collection.ts'
import { absenceOf } from '../../kube/discovery.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import { KubeError } from '../../kube/kube-error.ts'
import { parseWithoutManagedFields } from '../../kube/lean-json.ts'
import { list } from '../../kube/list.ts'
import type { ReflectorState } from '../../kube/reflector.ts'
import type { RawObject } from '../../raw-object.ts'
import type { Rejections } from '../../report/status.ts'
import { collectionProblems } from '../../sources/kubernetes/collection-problems.ts'
import { coreValidator, invalidCoreProblems, validObjects } from '../../sources/kubernetes/validated-core.ts'
import { resourceValidator, type ValidatedResource } from '../../sources/kubernetes/validated-resource.ts'
import type { ByName, Resource, ResourceKey, Snapshot, SourceProblem } from '../../sources/snapshot.ts'

/** All objects of all kinds, as the API server gave them. */
export type ReadObjects = { readonly [F in SnapshotField]: readonly RawObject[] }

export type Reading = {
  readonly objects: ReadObjects
  /** Kinds that could not be read. */
  readonly unread: readonly SourceProblem[]
  /** The only namespace that may be read, if permissions are restricted. */
  readonly onlyNamespace: string | undefined
}

/**
 * Reads all namespaces, because references cross namespaces; if that is forbidden, only this one. Rejects with a
 * KubeError if the API server does not respond.
 */
export async function readCluster(client: KubeClient, namespace: string, signal: AbortSignal): Promise<Reading> {
  const read = await Promise.all(SNAPSHOT_FIELDS.map(field => readKind(client, KINDS[field], namespace, signal)))
  const objects = byField<ReadObjects>(field => read[SNAPSHOT_FIELDS.indexOf(field)]?.items ?? [])
  const reports = read.flatMap(({ collection, state }) => (state ? [{ collection, state }] : []))
  return {
    objects,
    unread: collectionProblems(reports, client.server),
    onlyNamespace: read.some(({ collection }) => collection.namespace !== undefined) ? namespace : undefined,
  }
}

type ReadKind = {
  readonly collection: Collection
  readonly items: readonly RawObject[]
  /** The reason why it could not be read; undefined if it was read. */
  readonly state: ReflectorState | undefined
}

async function readKind(client: KubeClient, row: KindRow, namespace: string, signal: AbortSignal): Promise<ReadKind> {
  const { group, version, plural } = row
  const all = await readCollection(client, { group, version, plural, namespace: undefined }, signal)
  if (all.state?.tag !== 'failing') return all
  const one = await readCollection(client, { group, version, plural, namespace }, signal)
  return one.state ? all : one
}

async function readCollection(client: KubeClient, collection: Collection, signal: AbortSignal): Promise<ReadKind> {
  try {
    const { items } = await listed(client, collection, signal)
    return { collection, items, state: undefined }
  } catch (error) {
    if (!(error instanceof KubeError)) throw error
    const state = await stateOf(error, client, collection, signal)
    return { collection, items: [], state }
  }
}

/** The options of one-time lists. */
export const ONCE = { pageSize: 500, timeoutMs: 30_000, parse: parseWithoutManagedFields }

/** The continue token of a paginated list may expire. */
async function listed(client: KubeClient, collection: Collection, signal: AbortSignal) {
  const options = { ...ONCE, signal }
  try {
    return await list(client, collection, options)
  } catch (error) {
    if (error instanceof KubeError && error.code === 'gone') return list(client, collection, options)
    throw error
  }
}

/** The state of a kind that cannot be read. Errors of the whole server are thrown again. */
async function stateOf(
  error: KubeError,
  client: KubeClient,
  collection: Collection,
  signal: AbortSignal,
): Promise<ReflectorState> {
  if (error.code === 'forbidden') return { tag: 'failing', error }
  if (error.code !== 'not-found') throw error
  const absence = await absenceOf(client, collection, { signal, timeoutMs: ONCE.timeoutMs })
  if (!absence) throw error
  return { tag: 'missing', absence, lost: false }
}

/** Restricts objects to the namespaces that an operator watches; undefined: all. */
export function within(objects: ReadObjects, namespaces: readonly string[] | undefined): ReadObjects {
  if (namespaces === undefined || namespaces.length === 0) return objects
  const isSeen = ({ metadata }: RawObject) => namespaces.includes(metadata.namespace ?? '')
  return byField<ReadObjects>(field => objects[field].filter(isSeen))
}

export type Understood = {
  readonly snapshot: Snapshot
  readonly rejected: Rejections
  /** Objects of other kinds that cannot be read. */
  readonly warnings: readonly SourceProblem[]
  /** All versions and findings of each resource, by key. */
  readonly resources: ReadonlyMap<ResourceKey, ValidatedResource<Resource>>
}

export function understand(objects: ReadObjects): Understood {
  const parts = byField<{ readonly [F in SnapshotField]: Part }>(field => partOf(KINDS[field], objects[field]))
  const resources = new Map(SNAPSHOT_FIELDS.flatMap(field => parts[field].resources))
  const flawed = [...resources].filter(([, { findings }]) => findings.length > 0)
  return {
    // The objects of a row have the type of the snapshot's field.
    snapshot: byField<Snapshot>(<F extends SnapshotField>(field: F) => parts[field].inUse as Snapshot[F]),
    rejected: new Map(flawed.map(([key, { findings }]) => [key, findings])),
    warnings: SNAPSHOT_FIELDS.flatMap(field => parts[field].warnings),
    resources,
  }
}

/** The objects of one kind. */
type Part = Pick<Understood, 'warnings'> & {
  readonly inUse: ByName<object>
  readonly resources: readonly (readonly [ResourceKey, ValidatedResource<Resource>])[]
}

function partOf(row: KindRow, objects: readonly RawObject[]): Part {
  return row.origin === 'l7mesh' ? resourcePart(row, objects) : kubernetesPart(row, objects)
}

function resourcePart({ kind }: Extract<KindRow, ResourceRow>, objects: readonly RawObject[]): Part {
  const hold = resourceValidator<Resource>(kind, createValidator().validate)
  const held = byName(objects, object => hold(object, undefined))
  return {
    inUse: new Map([...held].flatMap(([name, { lastValid }]) => (lastValid ? [[name, lastValid] as const] : []))),
    resources: [...held].map(([name, one]) => [`${kind}/${name}` as ResourceKey, one] as const),
    warnings: [],
  }
}

function kubernetesPart(row: Extract<KindRow, KubernetesRow>, objects: readonly RawObject[]): Part {
  const hold = coreValidator<ObjectOf<KubernetesField>>(groupKindOf(row), row.transform)
  const held = byName(objects, object => hold(object, undefined))
  return { inUse: validObjects(held), resources: [], warnings: invalidCoreProblems(row.kind, held) }
}

function byName<T>(objects: readonly RawObject[], read: (object: RawObject) => T): ByName<T> {
  return new Map(objects.map(object => [nameOf(object), read(object)]))
}
