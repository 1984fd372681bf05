/**
 * What translation makes: the config that each proxy should hold, which resource each object of it comes from, and what
 * is wrong with the resources. Pure data, read by `converge` and `report`.
 */
import type { Config, ObjectId } from '@l7mesh/proxy-client'
import type { ResourceKey } from '../sources/snapshot.ts'

/** A proxy as it is reached: a ready pod with a container named `l7mp`. */
export type ProxyRef = {
  /** `NAMESPACE/NAME` of its pod. */
  readonly key: string
  /** Changes when the pod is another one of the same name. */
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

export type DesiredFleet = {
  /** Every proxy of the snapshot, by key, also those that should hold nothing. */
  readonly proxies: ReadonlyMap<string, DesiredProxy>
  /** Every resource of the snapshot, with its problems and with fields that have no effect (`notes`). */
  readonly verdicts: ReadonlyMap<ResourceKey, Verdict>
}
export type Verdict = {
  readonly problems: readonly Problem[]
  /** True statements about fields that are accepted and have no effect on a proxy. */
  readonly notes: readonly string[]
}
