/**
 * All resources at one moment, frozen. An object keeps its identity from one snapshot to the next for as long as it
 * does not change: whatever was computed from it may then be used again.
 */
import type { Route, Rule, Target, VirtualService } from '@l7mesh/crds'
import type { EndpointSlice, Pod, Service } from './core-types.ts'

/** By `NAMESPACE/NAME`. */
export type ByName<T> = ReadonlyMap<string, T>

export type Snapshot = {
  readonly virtualServices: ByName<VirtualService>
  readonly targets: ByName<Target>
  readonly rules: ByName<Rule>
  readonly routes: ByName<Route>
  readonly pods: ByName<Pod>
  readonly services: ByName<Service>
  readonly endpointSlices: ByName<EndpointSlice>
}

export const EMPTY_SNAPSHOT: Snapshot = {
  virtualServices: new Map(),
  targets: new Map(),
  rules: new Map(),
  routes: new Map(),
  pods: new Map(),
  services: new Map(),
  endpointSlices: new Map(),
}

/** The four kinds that people write for l7mesh. */
export const RESOURCE_KINDS = ['VirtualService', 'Target', 'Rule', 'Route'] as const
export type ResourceKind = (typeof RESOURCE_KINDS)[number]
export type Resource = VirtualService | Target | Rule | Route

/** Names one resource of a snapshot: `VirtualService/NAMESPACE/NAME`. */
export type ResourceKey = `${ResourceKind}/${string}/${string}`

/** First stage of the flow: where resources come from. */
export type Source = {
  /** The newest snapshot; undefined until everything has been read once, and nothing may be deleted before that. */
  snapshot(): Snapshot | undefined
  /** What is wrong with the source itself: a file that does not parse, a server that does not answer. */
  problems(): readonly SourceProblem[]
  /** Runs until the signal aborts and calls back after each change; never rejects. */
  run(signal: AbortSignal, onChange: () => void): Promise<void>
}

export type SourceProblem = {
  /** The file or collection, and the document or line in it where that is known: `mesh/dns.yaml:12`. */
  readonly where: string
  readonly message: string
  readonly help: string
  /** Nothing is wrong: it only may be other than one thinks. */
  readonly isNote?: true
}
