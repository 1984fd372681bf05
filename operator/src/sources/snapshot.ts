/**
 * All resources at one moment, frozen. An object keeps its identity from one snapshot to the next for as long as it
 * does not change: whatever was computed from it may then be used again.
 */
import {
  byField,
  KINDS,
  type ObjectOf,
  RESOURCE_FIELDS,
  type ResourceKind,
  type ResourceOf,
  type SnapshotField,
} from '../kinds/kinds.ts'

export type { ResourceKind } from '../kinds/kinds.ts'

/** By `NAMESPACE/NAME`. */
export type ByName<T> = ReadonlyMap<string, T>

export type Snapshot = { readonly [F in SnapshotField]: ByName<ObjectOf<F>> }

export const EMPTY_SNAPSHOT: Snapshot = byField<Snapshot>(() => new Map())

/** The kinds that people write for l7mesh. */
export const RESOURCE_KINDS: readonly ResourceKind[] = RESOURCE_FIELDS.map(field => KINDS[field].kind)
export type Resource = { readonly [K in ResourceKind]: ResourceOf<K> }[ResourceKind]

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
