/** The context in which one resource is translated, and the results that resources have for each other. */
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

/** Everything of a VirtualService but its rules. */
export type Frontend = {
  /** undefined where nothing is to be put on proxies: a problem of the whole, or a stub. */
  readonly listener: Listener | undefined
  readonly selection: Selection | undefined
  readonly removeOrphanSessions: boolean
  readonly verdict: Verdict
}

/** The rules that are written in a VirtualService. */
export type OwnRules = {
  readonly rules: readonly BuiltRule[]
  /** Key of the rulelist whose rules it has instead. */
  readonly rulesRef: string | undefined
  readonly verdict: Verdict
}

/** Which pods a Target or a Rule selects. */
export type Placement = { readonly selection: Selection | undefined; readonly verdict: Verdict }

/** What can be asked of each resource, by the others and for the proxies. Keys are `NAMESPACE/NAME`. */
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
    /** `list` is the rulelist that a Rule is looked at for, where that is not its own. */
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
  /** Key of the rulelist that it is translated for; undefined for what several have in common. */
  readonly list: string | undefined
  readonly inlineClusters: InlineClusters
}

/** The same scope, one step further into the resource. */
export function inside(scope: Scope, ...steps: readonly (string | number)[]): Scope {
  return { ...scope, problems: steps.reduce((problems: ProblemCollector, step) => problems.at(step), scope.problems) }
}
