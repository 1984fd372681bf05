/**
 * The cluster source: the resources of an API server, and the Pods, Services and EndpointSlices that they refer to, as
 * snapshots. One reflector per kind, or per kind and namespace.
 *
 * API server ──► reflectors ──────────────► merged namespaces ──► snapshot (transform, validate) (one map per kind)
 *
 * There is no snapshot before every kind has been read once. The maps of a snapshot, and the objects in them, keep
 * their identity until they change.
 */
import type { Finding } from '@l7mesh/crds'
import { type Clock, systemClock } from '../../clock.ts'
import {
  byField,
  groupKindOf,
  KINDS,
  type KindRow,
  type KubernetesField,
  type KubernetesRow,
  type ObjectOf,
  type ResourceRow,
  type SnapshotField,
} from '../../kinds/kinds.ts'
import type { Keep } from '../../kube/cache.ts'
import { type Collection, titleOf } from '../../kube/collection.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import type { KubeErrorCode } from '../../kube/kube-error.ts'
import { Reflector, type Timing } from '../../kube/reflector.ts'
import type { Validate } from '../manifest.ts'
import {
  type ByName,
  RESOURCE_KINDS,
  type Resource,
  type ResourceKey,
  type ResourceKind,
  type Snapshot,
  type Source,
  type SourceProblem,
} from '../snapshot.ts'
import { collectionProblems } from './collection-problems.ts'
import { type Getter, memoized, mergeNamespaces } from './merge-namespaces.ts'
import { coreValidator, invalidCoreProblems, type ValidatedCore, validObjects } from './validated-core.ts'
import { type LiveResource, resourceValidator, type ValidatedResource } from './validated-resource.ts'

export type ClusterSource = Source & {
  /** Resources whose latest version is invalid; their last valid version, if any, is kept. */
  rejected(): ReadonlyMap<ResourceKey, readonly Finding[]>
  /** The status of a resource at the API server, as last observed by the watch. */
  live(key: ResourceKey): LiveResource | undefined
  /** The latest generation of a resource, even if it is rejected. */
  generationOf(key: ResourceKey): number | undefined
  /** The collections that have not been read yet: `pods in namespace games`. No proxy is changed before that. */
  waitingFor(): readonly string[]
}

export type ClusterSourceOptions = {
  readonly client: KubeClient
  readonly validate: Validate
  /** The namespaces to read, for which Roles are sufficient. Empty: all namespaces. */
  readonly namespaces: readonly string[]
  readonly clock?: Clock
  /** From 0 to 1. */
  readonly random?: () => number
  readonly timing?: Partial<Timing>
}

type AnyReflector = Pick<Reflector<unknown>, 'collection' | 'state' | 'nameless' | 'isSynced' | 'run' | 'retry'>

/** The resources of one kind. */
type KindReaders = {
  readonly validated: Getter<ByName<ValidatedResource<Resource>>>
  /** The resources whose latest version is invalid, with their findings. */
  readonly rejected: Getter<readonly RejectedResource[]>
}
type RejectedResource = readonly [ResourceKey, readonly Finding[]]

type SnapshotParts = { readonly [F in SnapshotField]: Getter<Snapshot[F]> }

/** The minimum interval between two notifications of changes, in milliseconds. */
const NOTIFY_INTERVAL_MS = 10

/** Failures of an unavailable server. */
const UNAVAILABLE: ReadonlySet<KubeErrorCode> = new Set(['unreachable', 'reset', 'timeout'])

/** Never throws: problems with the server are returned by `problems()`. */
export function clusterSource(options: ClusterSourceOptions): ClusterSource {
  return new KubernetesSource(options)
}

class KubernetesSource implements ClusterSource {
  readonly #options: ClusterSourceOptions
  readonly #reflectors: AnyReflector[] = []
  readonly #resources = new Map<ResourceKind, KindReaders>()
  /** The problems of Kubernetes objects. */
  readonly #problems: Getter<readonly SourceProblem[]>[] = []
  readonly #parts: SnapshotParts
  #snapshot: Snapshot | undefined
  #onChange: () => void = () => {}
  /** The number of reflectors for which the server is unavailable. */
  #unavailable = 0
  #notifiedAt = Number.NEGATIVE_INFINITY
  /** Cancels the pending notification. */
  #cancelNotification: (() => void) | undefined

  constructor(options: ClusterSourceOptions) {
    this.#options = options
    this.#parts = byField<SnapshotParts>(field => this.#part(field))
  }

  snapshot(): Snapshot | undefined {
    if (this.#snapshot || this.#reflectors.every(({ isSynced }) => isSynced)) this.#snapshot = this.#assembled()
    return this.#snapshot
  }

  waitingFor(): readonly string[] {
    return this.#reflectors.filter(({ isSynced }) => !isSynced).map(({ collection }) => titleOf(collection))
  }

  problems(): readonly SourceProblem[] {
    const problems = this.#problems.flatMap(read => read())
    return [...collectionProblems(this.#reflectors, this.#options.client.server), ...problems]
  }

  rejected(): ReadonlyMap<ResourceKey, readonly Finding[]> {
    return new Map(Array.from(this.#resources.values()).flatMap(({ rejected }) => rejected()))
  }

  live(key: ResourceKey): LiveResource | undefined {
    return this.#validated(key)?.live
  }

  generationOf(key: ResourceKey): number | undefined {
    return this.#validated(key)?.metadata.generation
  }

  async run(signal: AbortSignal, onChange: () => void): Promise<void> {
    this.#onChange = onChange
    await Promise.all(this.#reflectors.map(reflector => reflector.run(signal)))
    this.#cancelNotification?.()
  }

  #assembled(): Snapshot {
    const next = byField<Snapshot>(field => this.#parts[field]())
    const before = this.#snapshot
    return before && Object.keys(next).every(field => Reflect.get(next, field) === Reflect.get(before, field))
      ? before
      : next
  }

  #part<F extends SnapshotField>(field: F): SnapshotParts[F] {
    const row: KindRow = KINDS[field]
    const read: Getter<ByName<object>> = row.origin === 'l7mesh' ? this.#meshResources(row) : this.#coreObjects(row)
    // The objects of a row have the type of their snapshot field.
    return read as SnapshotParts[F]
  }

  #meshResources(row: Extract<KindRow, ResourceRow>): Getter<ByName<Resource>> {
    const validated = this.#reflect(row, resourceValidator<Resource>(row.kind, this.#options.validate))
    const valid = memoized(validResources<Resource>)
    const rejected = memoized((all: ByName<ValidatedResource<Resource>>) => rejectedResources(row.kind, all))
    this.#resources.set(row.kind, { validated, rejected: () => rejected(validated()) })
    return () => valid(validated())
  }

  #coreObjects(row: Extract<KindRow, KubernetesRow>): Getter<ByName<object>> {
    const validated = this.#reflect(row, coreValidator<ObjectOf<KubernetesField>>(groupKindOf(row), row.transform))
    const valid = memoized(validObjects<ObjectOf<KubernetesField>>)
    const problems = memoized((all: ByName<ValidatedCore<ObjectOf<KubernetesField>>>) =>
      invalidCoreProblems(row.kind, all),
    )
    this.#problems.push(() => problems(validated()))
    return () => valid(validated())
  }

  #validated(key: ResourceKey): ValidatedResource<Resource> | undefined {
    const slash = key.indexOf('/')
    const found = RESOURCE_KINDS.find(kind => key.startsWith(kind) && kind.length === slash)
    return (
      found &&
      this.#resources
        .get(found)
        ?.validated()
        .get(key.slice(slash + 1))
    )
  }

  #reflect<T>({ group, version, plural, origin }: KindRow, keep: Keep<T>): Getter<ByName<T>> {
    const { client, namespaces, clock = systemClock, random = Math.random, timing = {} } = this.#options
    const scopes = namespaces.length === 0 ? [undefined] : new Set(namespaces)
    const reflectors = Array.from(scopes, namespace => {
      const collection: Collection = { group, version, plural, namespace }
      const isCustom = origin === 'l7mesh'
      const onChange = () => this.#changed()
      return new Reflector<T>({ client, collection, isCustom, keep, onChange, clock, random, timing })
    })
    this.#reflectors.push(...reflectors)
    return mergeNamespaces(reflectors)
  }

  /** When the server is available again for one reflector, the others retry immediately. */
  #changed(): void {
    const unavailable = this.#reflectors.filter(
      ({ state }) => state.tag === 'failing' && UNAVAILABLE.has(state.error.code),
    )
    if (unavailable.length < this.#unavailable) for (const reflector of unavailable) reflector.retry()
    this.#unavailable = unavailable.length
    this.#notify()
  }

  /** The first change after an idle period is reported immediately; later ones are batched. */
  #notify(): void {
    if (this.#cancelNotification) return
    const clock = this.#options.clock ?? systemClock
    const notify = () => {
      this.#cancelNotification = undefined
      this.#notifiedAt = clock.now()
      this.#onChange()
    }
    const wait = this.#notifiedAt + NOTIFY_INTERVAL_MS - clock.now()
    // Longer only if the clock was set back.
    if (wait > 0) this.#cancelNotification = clock.after(Math.min(wait, NOTIFY_INTERVAL_MS), notify)
    else notify()
  }
}

function validResources<T extends Resource>(
  validated: ByName<ValidatedResource<T>>,
  before: ByName<T> | undefined,
): ByName<T> {
  const valid = new Map<string, T>()
  for (const [name, { lastValid }] of validated) if (lastValid) valid.set(name, lastValid)
  const isSame =
    before?.size === valid.size && valid.entries().every(([name, resource]) => before.get(name) === resource)
  return isSame ? before : valid
}

function rejectedResources(
  kind: ResourceKind,
  validated: ByName<ValidatedResource<Resource>>,
): readonly RejectedResource[] {
  const rejected: RejectedResource[] = []
  for (const [name, { findings }] of validated) if (findings.length > 0) rejected.push([keyOf(kind, name), findings])
  return rejected
}

/** `name`: NAMESPACE/NAME */
function keyOf(kind: ResourceKind, name: string): ResourceKey {
  const [namespace = '', own = ''] = name.split('/')
  return `${kind}/${namespace}/${own}`
}
