/**
 * The cluster source: the resources of an API server, and the Pods, Services and EndpointSlices that they point at, as
 * snapshots. One reflector for each kind, or for each kind and namespace.
 *
 *     API server ──► reflectors ──► copies ──► snapshot
 *                    (cut, check)   (of each kind, as one map)
 *
 * There is no snapshot before every kind has been read once. A map of a snapshot, and each object in it, is the same one
 * for as long as it does not change.
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
  /** Resources whose newest version must not be used; an earlier good version of them, if any, stays in force. */
  rejected(): ReadonlyMap<ResourceKey, readonly Finding[]>
  /** The status of a resource at the API server, as far as the watch has told. */
  live(key: ResourceKey): LiveResource | undefined
  /** The newest generation of a resource, also where it is rejected. */
  generationOf(key: ResourceKey): number | undefined
  /** What has not been read yet: `pods in namespace games`. Nothing happens to a proxy before that. */
  waitingFor(): readonly string[]
}

export type ClusterSourceOptions = {
  readonly client: KubeClient
  readonly validate: Validate
  /** Only these are looked at, for which Roles are enough. Empty: all of the cluster. */
  readonly namespaces: readonly string[]
  readonly clock?: Clock
  /** From 0 to 1. */
  readonly random?: () => number
  readonly timing?: Partial<Timing>
}

type AnyReflector = Pick<Reflector<unknown>, 'collection' | 'state' | 'nameless' | 'isSynced' | 'run' | 'retry'>

/** Resources of one kind. */
type HeldKind = {
  readonly held: Getter<ByName<ValidatedResource<Resource>>>
  /** Those whose newest version is no good, and why. */
  readonly flawed: Getter<readonly Flawed[]>
}
type Flawed = readonly [ResourceKey, readonly Finding[]]

type SnapshotParts = { readonly [F in SnapshotField]: Getter<Snapshot[F]> }

/** So long apart are two calls that say that something has changed, in milliseconds. */
const TOGETHER_MS = 10

/** Failures of a server that is away. */
const AWAY: ReadonlySet<KubeErrorCode> = new Set(['unreachable', 'reset', 'timeout'])

/** Never throws: whatever is wrong with the server is in `problems()`. */
export function clusterSource(options: ClusterSourceOptions): ClusterSource {
  return new KubernetesSource(options)
}

class KubernetesSource implements ClusterSource {
  readonly #options: ClusterSourceOptions
  readonly #reflectors: AnyReflector[] = []
  readonly #resources = new Map<ResourceKind, HeldKind>()
  /** What is wrong with objects of Kubernetes' own kinds. */
  readonly #odd: Getter<readonly SourceProblem[]>[] = []
  readonly #parts: SnapshotParts
  #snapshot: Snapshot | undefined
  #onChange: () => void = () => {}
  /** How many reflectors found the server away. */
  #away = 0
  #toldAt = Number.NEGATIVE_INFINITY
  /** Calls off what is about to be told. */
  #telling: (() => void) | undefined

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
    const odd = this.#odd.flatMap(read => read())
    return [...collectionProblems(this.#reflectors, this.#options.client.server), ...odd]
  }

  rejected(): ReadonlyMap<ResourceKey, readonly Finding[]> {
    return new Map(Array.from(this.#resources.values()).flatMap(({ flawed }) => flawed()))
  }

  live(key: ResourceKey): LiveResource | undefined {
    return this.#held(key)?.live
  }

  generationOf(key: ResourceKey): number | undefined {
    return this.#held(key)?.metadata.generation
  }

  async run(signal: AbortSignal, onChange: () => void): Promise<void> {
    this.#onChange = onChange
    await Promise.all(this.#reflectors.map(reflector => reflector.run(signal)))
    this.#telling?.()
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
    const read: Getter<ByName<object>> = row.origin === 'l7mesh' ? this.#good(row) : this.#sound(row)
    // The objects of a row have the type that the snapshot has for its field.
    return read as SnapshotParts[F]
  }

  #good(row: Extract<KindRow, ResourceRow>): Getter<ByName<Resource>> {
    const held = this.#reflect(row, resourceValidator<Resource>(row.kind, this.#options.validate))
    const good = memoized(goodOnes<Resource>)
    const flawed = memoized((all: ByName<ValidatedResource<Resource>>) => flawedOnes(row.kind, all))
    this.#resources.set(row.kind, { held, flawed: () => flawed(held()) })
    return () => good(held())
  }

  #sound(row: Extract<KindRow, KubernetesRow>): Getter<ByName<object>> {
    const held = this.#reflect(row, coreValidator<ObjectOf<KubernetesField>>(groupKindOf(row), row.transform))
    const sound = memoized(validObjects<ObjectOf<KubernetesField>>)
    const odd = memoized((all: ByName<ValidatedCore<ObjectOf<KubernetesField>>>) => invalidCoreProblems(row.kind, all))
    this.#odd.push(() => odd(held()))
    return () => sound(held())
  }

  #held(key: ResourceKey): ValidatedResource<Resource> | undefined {
    const slash = key.indexOf('/')
    const found = RESOURCE_KINDS.find(kind => key.startsWith(kind) && kind.length === slash)
    return (
      found &&
      this.#resources
        .get(found)
        ?.held()
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

  /** Once the server is there again for one, the others need not wait for their time. */
  #changed(): void {
    const away = this.#reflectors.filter(({ state }) => state.tag === 'failing' && AWAY.has(state.error.code))
    if (away.length < this.#away) for (const reflector of away) reflector.retry()
    this.#away = away.length
    this.#tell()
  }

  /** The first change after a rest is told at once; those that follow, together. */
  #tell(): void {
    if (this.#telling) return
    const clock = this.#options.clock ?? systemClock
    const tell = () => {
      this.#telling = undefined
      this.#toldAt = clock.now()
      this.#onChange()
    }
    const wait = this.#toldAt + TOGETHER_MS - clock.now()
    // Longer only where somebody has set the clock back.
    if (wait > 0) this.#telling = clock.after(Math.min(wait, TOGETHER_MS), tell)
    else tell()
  }
}

function goodOnes<T extends Resource>(held: ByName<ValidatedResource<T>>, before: ByName<T> | undefined): ByName<T> {
  const good = new Map<string, T>()
  for (const [name, { inForce }] of held) if (inForce) good.set(name, inForce)
  const isSame = before?.size === good.size && good.entries().every(([name, resource]) => before.get(name) === resource)
  return isSame ? before : good
}

function flawedOnes(kind: ResourceKind, held: ByName<ValidatedResource<Resource>>): readonly Flawed[] {
  const flawed: Flawed[] = []
  for (const [name, { findings }] of held) if (findings.length > 0) flawed.push([keyOf(kind, name), findings])
  return flawed
}

/** `name`: NAMESPACE/NAME */
function keyOf(kind: ResourceKind, name: string): ResourceKey {
  const [namespace = '', own = ''] = name.split('/')
  return `${kind}/${namespace}/${own}`
}
