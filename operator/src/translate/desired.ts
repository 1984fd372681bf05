/**
 * The result of translation: the desired config of each proxy, the resource that each object of it comes from, and the
 * problems of the resources. Pure data, read by `converge` and `report`.
 */
import type { Config, ObjectId } from '@l7mesh/proxy-client'
import type { ResourceKey } from '../sources/snapshot.ts'

/** How to reach a proxy: a ready pod with a container named `l7mp`. */
export type ProxyRef = {
  /** `NAMESPACE/NAME` of its pod. */
  readonly key: string
  /** Changes when the pod is replaced by another one with the same name. */
  readonly uid: string
  readonly address: string
  /** The port of its REST API. */
  readonly port: number
  /** The port of its own metrics, if any. */
  readonly metricsPort?: number
}

export type DesiredProxy = {
  readonly proxy: ProxyRef
  /** Proxies with equal configs share one value: they can be compared by identity. */
  readonly config: Config
  /** The objects that must be on the proxy for a resource to be programmed there. Shared like `config`. */
  readonly parts: ReadonlyMap<ResourceKey, readonly ObjectId[]>
  /** Base names of resources whose objects the proxy keeps as they are. Default: none. */
  readonly retain?: ReadonlySet<string>
}

/** A mistake in a resource. */
export type Problem = {
  /** The condition that it makes False. */
  readonly condition: 'Accepted' | 'ResolvedRefs'
  readonly reason: ProblemReason
  /** Field path in the resource, like `spec.listener.rules[1].action.route`. */
  readonly path: string
  /** What is wrong and how to fix it, for the author of the resource. */
  readonly message: string
}

/** Reasons are stable: people match on them. `docs/troubleshooting.md` has a section for each. */
export const PROBLEM_REASONS = {
  Accepted: [
    'Invalid',
    'InvalidMatch',
    'InvalidSelector',
    'PortConflict',
    'Forbidden',
    'Unsupported',
    'ApplyCycle',
    'RouteCycle',
  ],
  ResolvedRefs: ['RefNotFound', 'RefAmbiguous', 'InvalidRef'],
} as const
export type ProblemReason =
  | (typeof PROBLEM_REASONS)['Accepted'][number]
  | (typeof PROBLEM_REASONS)['ResolvedRefs'][number]

/** A cluster with endpoints that the sessions of a resource are routed to, or through. */
export type Destination = EndpointCounts & {
  /** A field of the resource itself, or, prefixed with kind and name, of a resource that it uses. */
  readonly path: string
  /** The reference in this field, like `Service shop/web`; undefined for an inline cluster. */
  readonly named: string | undefined
  /** The name of the cluster on proxies: several fields may refer to the same destination. */
  readonly cluster: string
}

/** The endpoints of a cluster, as shown in status. */
export type EndpointCounts = {
  /** The transport protocol. */
  readonly protocol: string
  /** The source of its endpoints. */
  readonly source: 'addresses' | 'pods' | 'slices'
  /** The number of endpoints that sessions are sent to. */
  readonly ready: number
  readonly total: number
  /** Addresses that are omitted, because the protocol cannot reach their family. */
  readonly unreachable: readonly string[]
  /** The domain names among `ready`. */
  readonly names: readonly string[]
}

export type DesiredFleet = {
  /** Every proxy of the snapshot, by key, including those with an empty config. */
  readonly proxies: ReadonlyMap<string, DesiredProxy>
  /** Every resource of the snapshot, with its problems and notes. */
  readonly verdicts: ReadonlyMap<ResourceKey, Verdict>
  /** By resource, if it has any. */
  readonly destinations: ReadonlyMap<ResourceKey, readonly Destination[]>
}
export type Verdict = {
  readonly problems: readonly Problem[]
  /** Statements about fields that are accepted but have no effect, or an unexpected one. */
  readonly notes: readonly string[]
}
