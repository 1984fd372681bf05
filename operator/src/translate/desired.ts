/**
 * The result of translation: the desired config of each proxy, the resource that each object of it comes from, and the
 * problems of the resources. Pure data, read by `converge` and `report`.
 */
import type { Config, ObjectId } from '@l7mesh/proxy-client'
import type { ResourceKey } from '../sources/snapshot.ts'

/** A proxy as it is reached: a ready pod with a container named `l7mp`. */
export type ProxyRef = {
  /** `NAMESPACE/NAME` of its pod. */
  readonly key: string
  /** Changes when the pod is replaced by another one of the same name. */
  readonly uid: string
  readonly address: string
  /** The port of its REST API. */
  readonly port: number
  /** A port on which it serves its own metrics. */
  readonly metricsPort?: number
}

export type DesiredProxy = {
  readonly proxy: ProxyRef
  /** Proxies that want the same share one value: comparing identities is enough. */
  readonly config: Config
  /** The objects that must be on the proxy for a resource to be programmed there. Shared like `config`. */
  readonly parts: ReadonlyMap<ResourceKey, readonly ObjectId[]>
  /** Resources of which the proxy keeps what it holds, as names of theirs begin. Default: none. */
  readonly retain?: ReadonlySet<string>
}

/** A mistake in a resource, as a value. */
export type Problem = {
  /** The condition that it makes False. */
  readonly condition: 'Accepted' | 'ResolvedRefs'
  readonly reason: ProblemReason
  /** Field path in the resource, like `spec.listener.rules[1].action.route`. */
  readonly path: string
  /** What is wrong and how to mend it, for the author of the resource. */
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

/** A cluster with endpoints that sessions of a resource are sent to, or through. */
export type Destination = EndpointCounts & {
  /** Where it is written: a field of the resource itself, or, with its kind and name before it, of one that it uses. */
  readonly path: string
  /** What is named there, like `Service shop/web`; undefined where the cluster itself is written there. */
  readonly named: string | undefined
  /** The cluster's name on proxies: the same destination may be named in several places. */
  readonly cluster: string
}

/** The endpoints of a cluster, as shown in status. */
export type EndpointCounts = {
  /** Of what carries the sessions. */
  readonly protocol: string
  /** What its endpoints come from. */
  readonly source: 'addresses' | 'pods' | 'slices'
  /** Those that sessions are sent to. */
  readonly ready: number
  readonly total: number
  /** Addresses that are omitted, because the protocol cannot reach their family. */
  readonly unreachable: readonly string[]
  /** Those of `ready` that are domain names. */
  readonly names: readonly string[]
}

export type DesiredFleet = {
  /** Every proxy of the snapshot, by key, also those that should hold nothing. */
  readonly proxies: ReadonlyMap<string, DesiredProxy>
  /** Every resource of the snapshot, with its problems and with fields that have no effect (`notes`). */
  readonly verdicts: ReadonlyMap<ResourceKey, Verdict>
  /** Of every resource that has any. */
  readonly destinations: ReadonlyMap<ResourceKey, readonly Destination[]>
}
export type Verdict = {
  readonly problems: readonly Problem[]
  /** True statements about fields that are accepted and have no effect on a proxy. */
  readonly notes: readonly string[]
}
