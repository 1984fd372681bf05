/** What the translation of one resource has at hand. */
import type { Cluster, ObjectId, Route, Rule } from '@l7mesh/proxy-client'
import type { ResourceKey } from '../../sources/snapshot.ts'
import type { EndpointCounts, Verdict } from '../desired.ts'
import type { Query } from '../incremental/memo.ts'
import type { World, WorldOptions } from '../lookup/lookup.ts'
import type { Findings } from '../problems.ts'
import type { Ring } from './cycles/cycles.ts'
import type { Outline } from './cycles/outlines.ts'
import type { InlineClusters } from './fields/inline-clusters.ts'

export type TranslateOptions = WorldOptions & {
  /** Whether sessions may be sent to the proxy's own REST API. */
  readonly allowControllerDestination: boolean
  /** Whether a Logger cluster may write files on the node. */
  readonly allowLogFiles: boolean
}

/** An object for a proxy, with the resource that it stands for where that is not the one that refers to it. */
export type BuiltCluster = {
  readonly cluster: Cluster
  readonly owner?: ResourceKey
  /** The cluster and its endpoints. */
  readonly ids: readonly ObjectId[]
  /** undefined where it takes no endpoints. */
  readonly counts: EndpointCounts | undefined
  /** Where it is written or named, and what is named there. */
  readonly path?: string
  readonly named?: string
}
export type BuiltRoute = {
  readonly route: Route
  readonly owner?: ResourceKey
  readonly clusters: readonly BuiltCluster[]
}
export type BuiltRule = {
  readonly rule: Rule
  readonly owner?: ResourceKey
  readonly route?: BuiltRoute
  /** Key of the rulelist that the rule applies. */
  readonly apply?: string
}
/** undefined where a problem left nothing. */
export type Built<T> = { readonly built: T | undefined; readonly verdict: Verdict }

/** What kind of sessions a rule may get, as far as it matters for what it does with them. */
export type From = 'udp' | 'http' | 'websocket' | 'other'

/** Queries that one resource needs of others. Keys of routes and rules are `FROM NAMESPACE/NAME`. */
export type Mesh = {
  readonly world: World
  readonly options: TranslateOptions
  readonly target: Query<Built<BuiltCluster>>
  readonly linked: Query<Built<BuiltCluster>>
  readonly service: Query<Built<BuiltCluster>>
  readonly route: Query<Built<BuiltRoute>>
  readonly rule: Query<Built<BuiltRule>>
  /** The ring of rulelists that apply each other, or have each other's rules, that one is in; by key. */
  readonly appliedRing: Query<Ring | undefined>
  /** What a rulelist does with its sessions; by key. */
  readonly outline: Query<Outline>
  /** The ring of rulelists that one is in; by key. */
  readonly ring: Query<Ring | undefined>
  /** The VirtualService whose listener is at an address, by `ADDRESS PORT`; the port as `udp:53`. */
  readonly holder: Query<string | undefined>
  /** The keys of the pods that a VirtualService is to be on. */
  readonly podSet: Query<ReadonlySet<string>>
}

export type Scope = {
  readonly mesh: Mesh
  readonly findings: Findings
  readonly namespace: string
  /** The base of the names of all objects of the resource. */
  readonly base: string
  readonly from: From
  /** Key of the rulelist that it is translated for; undefined for what several have in common. */
  readonly list: string | undefined
  readonly inlineClusters: InlineClusters
}

/** Sessions of HTTP and WebSocket come with headers. */
export function hasHeaders(from: From): boolean {
  return from === 'http' || from === 'websocket'
}

/** The same scope, one step further into the resource. */
export function inside(scope: Scope, ...steps: readonly (string | number)[]): Scope {
  return { ...scope, findings: steps.reduce((findings: Findings, step) => findings.at(step), scope.findings) }
}
