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
import type { Finding, ObjectMeta, Route, Rule, Target, VirtualService } from '@l7mesh/crds'
import { type Clock, systemClock } from '../../clock.ts'
import type { Keep } from '../../kube/cache.ts'
import { type Collection, titleOf } from '../../kube/collection.ts'
import type { KubeClient } from '../../kube/connect.ts'
import type { KubeErrorCode } from '../../kube/errors.ts'
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
import { cutEndpointSlice, cutPod, cutService } from '../transform.ts'
import { type Read, remembered, together } from './merge-namespaces.ts'
import { collectionProblems } from './problems.ts'
import { coreHolder, type HeldCore, oddProblems, soundOnes } from './validated-core.ts'
import { type HeldResource, holder, type LiveResource } from './validated-resource.ts'

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

export type ClusterOptions = {
  readonly client: KubeClient
  readonly validate: Validate
  /** Only these are looked at, for which Roles are enough. Empty: all of the cluster. */
  readonly namespaces: readonly string[]
  readonly clock?: Clock
  /** From 0 to 1. */
  readonly random?: () => number
  readonly timing?: Partial<Timing>
}

const PODS: Kind = { group: '', version: 'v1', plural: 'pods' }
const SERVICES: Kind = { group: '', version: 'v1', plural: 'services' }
const ENDPOINT_SLICES: Kind = { group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices' }
const MESH_GROUP = 'l7mp.io'
const PLURALS: Readonly<Record<ResourceKind, string>> = {
  VirtualService: 'virtualservices',
  Target: 'targets',
  Rule: 'rules',
  Route: 'routes',
}

type Kind = Pick<Collection, 'group' | 'version' | 'plural'>
type AnyReflector = Pick<Reflector<unknown>, 'collection' | 'state' | 'nameless' | 'isSynced' | 'run' | 'retry'>

/** Resources of one kind. */
type Held<T extends Resource> = {
  readonly held: Read<ByName<HeldResource<T>>>
  readonly inForce: Read<ByName<T>>
  /** Those whose newest version is no good, and why. */
  readonly flawed: Read<readonly Flawed[]>
}
type Flawed = readonly [ResourceKey, readonly Finding[]]

/** So long apart are two calls that say that something has changed, in milliseconds. */
const TOGETHER_MS = 10

/** Failures of a server that is away. */
const AWAY: ReadonlySet<KubeErrorCode> = new Set(['unreachable', 'reset', 'timeout'])

/** Never throws: whatever is wrong with the server is in `problems()`. */
export function clusterSource(options: ClusterOptions): ClusterSource {
  return new Cluster(options)
}

class Cluster implements ClusterSource {
  readonly #options: ClusterOptions
  readonly #reflectors: AnyReflector[] = []
  readonly #resources: { readonly [K in ResourceKind]: Held<Extract<Resource, { readonly kind: K }>> }
  /** What is wrong with objects of Kubernetes' own kinds. */
  readonly #odd: Read<readonly SourceProblem[]>[] = []
  readonly #parts: { readonly [F in keyof Snapshot]: Read<Snapshot[F]> }
  #snapshot: Snapshot | undefined
  #onChange: () => void = () => {}
  /** How many reflectors found the server away. */
  #away = 0
  #toldAt = Number.NEGATIVE_INFINITY
  /** Calls off what is about to be told. */
  #telling: (() => void) | undefined

  constructor(options: ClusterOptions) {
    this.#options = options
    this.#resources = {
      VirtualService: this.#hold<VirtualService>('VirtualService'),
      Target: this.#hold<Target>('Target'),
      Rule: this.#hold<Rule>('Rule'),
      Route: this.#hold<Route>('Route'),
    }
    this.#parts = {
      virtualServices: this.#resources.VirtualService.inForce,
      targets: this.#resources.Target.inForce,
      rules: this.#resources.Rule.inForce,
      routes: this.#resources.Route.inForce,
      pods: this.#sound('Pod', this.#reflect(PODS, coreHolder('/Pod', cutPod))),
      services: this.#sound('Service', this.#reflect(SERVICES, coreHolder('/Service', cutService))),
      endpointSlices: this.#sound(
        'EndpointSlice',
        this.#reflect(ENDPOINT_SLICES, coreHolder('discovery.k8s.io/EndpointSlice', cutEndpointSlice)),
      ),
    }
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
    return new Map(RESOURCE_KINDS.flatMap(kind => this.#resources[kind].flawed()))
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
    const { virtualServices, targets, rules, routes, pods, services, endpointSlices } = this.#parts
    const next: Snapshot = {
      virtualServices: virtualServices(),
      targets: targets(),
      rules: rules(),
      routes: routes(),
      pods: pods(),
      services: services(),
      endpointSlices: endpointSlices(),
    }
    const before = this.#snapshot
    return before && Object.keys(next).every(field => Reflect.get(next, field) === Reflect.get(before, field))
      ? before
      : next
  }

  #hold<T extends Resource>(kind: T['kind']): Held<T> {
    const collection: Kind = { group: MESH_GROUP, version: 'v1', plural: PLURALS[kind] }
    const held = this.#reflect(collection, holder<T>(kind, this.#options.validate))
    const good = remembered(goodOnes<T>)
    const flawed = remembered((all: ByName<HeldResource<T>>) => flawedOnes(kind, all))
    return { held, inForce: () => good(held()), flawed: () => flawed(held()) }
  }

  #sound<T extends { readonly metadata: ObjectMeta }>(kind: string, held: Read<ByName<HeldCore<T>>>): Read<ByName<T>> {
    const sound = remembered(soundOnes<T>)
    const odd = remembered((all: ByName<HeldCore<T>>) => oddProblems(kind, all))
    this.#odd.push(() => odd(held()))
    return () => sound(held())
  }

  #held(key: ResourceKey): HeldResource<Resource> | undefined {
    const slash = key.indexOf('/')
    const found = RESOURCE_KINDS.find(kind => key.startsWith(kind) && kind.length === slash)
    return found && this.#resources[found].held().get(key.slice(slash + 1))
  }

  #reflect<T>(kind: Kind, keep: Keep<T>): Read<ByName<T>> {
    const { client, namespaces, clock = systemClock, random = Math.random, timing = {} } = this.#options
    const scopes = namespaces.length === 0 ? [undefined] : new Set(namespaces)
    const reflectors = Array.from(scopes, namespace => {
      const collection: Collection = { ...kind, namespace }
      const isCustom = kind.group === MESH_GROUP
      const onChange = () => this.#changed()
      return new Reflector<T>({ client, collection, isCustom, keep, onChange, clock, random, timing })
    })
    this.#reflectors.push(...reflectors)
    return together(reflectors)
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

function goodOnes<T extends Resource>(held: ByName<HeldResource<T>>, before: ByName<T> | undefined): ByName<T> {
  const good = new Map<string, T>()
  for (const [name, { inForce }] of held) if (inForce) good.set(name, inForce)
  const isSame = before?.size === good.size && good.entries().every(([name, resource]) => before.get(name) === resource)
  return isSame ? before : good
}

function flawedOnes(kind: ResourceKind, held: ByName<HeldResource<Resource>>): readonly Flawed[] {
  const flawed: Flawed[] = []
  for (const [name, { findings }] of held) if (findings.length > 0) flawed.push([keyOf(kind, name), findings])
  return flawed
}

/** `name`: NAMESPACE/NAME */
function keyOf(kind: ResourceKind, name: string): ResourceKey {
  const [namespace = '', own = ''] = name.split('/')
  return `${kind}/${namespace}/${own}`
}
