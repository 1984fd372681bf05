/**
 * A snapshot: all resources at one moment, frozen. Unchanged objects keep their identity from one snapshot to the next,
 * so that results computed from them can be reused.
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

/** The kinds that users write for l7mesh. */
export const RESOURCE_KINDS: readonly ResourceKind[] = RESOURCE_FIELDS.map(field => KINDS[field].kind)
export type Resource = { readonly [K in ResourceKind]: ResourceOf<K> }[ResourceKind]

/** The key of one resource in a snapshot: `VirtualService/NAMESPACE/NAME`. */
export type ResourceKey = `${ResourceKind}/${string}/${string}`

/** The origin of resources, the first stage of the data flow. */
export type Source = {
  /** The latest snapshot; undefined until everything has been read once. Nothing may be deleted before that. */
  snapshot(): Snapshot | undefined
  /** The problems of the source itself: a file that does not parse, a server that does not respond. */
  problems(): readonly SourceProblem[]
  /** Runs until the signal aborts and calls back after each change; never rejects. */
  run(signal: AbortSignal, onChange: () => void): Promise<void>
}

export type SourceProblem = {
  /** The file or collection, and the document or line in it if known: `mesh/dns.yaml:12`. */
  readonly where: string
  readonly message: string
  readonly help: string
  /** Not a problem, only a hint at a possible misunderstanding. */
  readonly isNote?: true
}
