/** The context in which one resource is translated, and the results that resources provide to each other. */
import type { Cluster, Listener, ObjectId, Route, Rule } from '@l7mesh/proxy-client'
import type { ResourceKey } from '../../../sources/snapshot.ts'
import type { EndpointCounts, Verdict } from '../../desired.ts'
import type { Query } from '../../incremental/memo.ts'
import type { Lookup, LookupOptions } from '../../lookup/lookup.ts'
import type { Selection } from '../../lookup/selections.ts'
import type { ProblemCollector } from '../../problems.ts'
import type { CycleInputs, CycleQueries } from '../cycles/queries.ts'
import type { InlineClusters } from '../fields/inline-clusters.ts'
import type { ListenerProtocol } from '../fields/listener-protocol.ts'
import type { ServiceQuery } from '../references/service-ports.ts'

export type TranslateOptions = LookupOptions & {
  /** Whether sessions may be sent to the proxy's own REST API. */
  readonly allowControllerDestination: boolean
  /** Whether a Logger cluster may write files on the node. */
  readonly allowLogFiles: boolean
}

/** An object for a proxy, with the resource that it belongs to if that is not the one that refers to it. */
export type BuiltCluster = {
  readonly cluster: Cluster
  readonly owner?: ResourceKey
  /** The cluster and its endpoints. */
  readonly ids: readonly ObjectId[]
  /** undefined for a protocol without endpoints. */
  readonly counts: EndpointCounts | undefined
  /** The field with the cluster or with a reference to it, and the reference. */
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
/** undefined because of a problem. */
export type Built<T> = { readonly built: T | undefined; readonly verdict: Verdict }

/** A VirtualService without its rules. */
export type Frontend = {
  /** undefined because of a problem, or for a stub. */
  readonly listener: Listener | undefined
  readonly selection: Selection | undefined
  readonly removeOrphanSessions: boolean
  readonly verdict: Verdict
}

/** The rules of a VirtualService itself. */
export type OwnRules = {
  readonly rules: readonly BuiltRule[]
  /** Key of the rulelist whose rules it has instead. */
  readonly rulesRef: string | undefined
  readonly verdict: Verdict
}

/** The pods that a Target or a Rule selects. */
export type Placement = { readonly selection: Selection | undefined; readonly verdict: Verdict }

/** The queries for each resource. Keys are `NAMESPACE/NAME`. */
export type ResourceQueries = Omit<CycleInputs, 'service'> &
  CycleQueries & {
    readonly options: TranslateOptions
    readonly frontend: Query<Frontend>
    readonly ownRules: Query<OwnRules, [protocol: ListenerProtocol, key: string]>
    readonly target: Query<Built<BuiltCluster>>
    readonly placementOfTarget: Query<Placement>
    /** The cluster that leads to the pods of a VirtualService. */
    readonly linked: Query<Built<BuiltCluster>>
    readonly service: Query<Built<BuiltCluster>, ServiceQuery>
    readonly route: Query<Built<BuiltRoute>, [protocol: ListenerProtocol, key: string]>
    /** `list` is the rulelist that a Rule is built for, if it is not the one that it names. */
    readonly rule: Query<Built<BuiltRule>, [protocol: ListenerProtocol, key: string, list: string | undefined]>
    readonly placementOfRule: Query<Placement>
  }

export type Scope = {
  readonly lookup: Lookup
  readonly queries: ResourceQueries
  readonly problems: ProblemCollector
  readonly namespace: string
  /** The base of the names of all objects of the resource. */
  readonly base: string
  readonly protocol: ListenerProtocol
  /** The key of the rulelist that it is translated for; undefined if several rulelists use it. */
  readonly list: string | undefined
  readonly inlineClusters: InlineClusters
}

/** The same scope, at a field of the current field. */
export function inside(scope: Scope, ...steps: readonly (string | number)[]): Scope {
  return { ...scope, problems: steps.reduce((problems: ProblemCollector, step) => problems.at(step), scope.problems) }
}
