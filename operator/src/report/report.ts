/** A snapshot of the state of a mesh: the input of statuses, events, metrics and the CLI. */
import type { Compare } from '@l7mesh/proxy-client'
import type { PhaseCounts, ProxyState } from '../converge/state.ts'
import type { Manifest } from '../sources/manifest.ts'
import type { ResourceKey, Snapshot, SourceProblem } from '../sources/snapshot.ts'
import type { DesiredFleet } from '../translate/desired.ts'
import type { Rejections, ResourceStatus } from './status.ts'

export type Report = {
  /** undefined until the first read of the source. */
  readonly snapshot: Snapshot | undefined
  readonly fleet: DesiredFleet | undefined
  /** Whether this process reconciles the proxies; if not, nothing is known about them. */
  readonly leads: boolean
  readonly proxies: ReadonlyMap<string, ProxyState>
  /** How many of `proxies` are in each phase. */
  readonly phases: PhaseCounts
  /** The cached comparisons of the live and desired configs of `proxies`. */
  readonly compare: Compare
  readonly problems: readonly SourceProblem[]
  /** Computed at the first call. */
  statuses(): ReadonlyMap<ResourceKey, ResourceStatus>
}

/** A report with the fields that only a folder source has. */
export type AppReport = Report & {
  readonly manifests: readonly Manifest[]
  /** Resources whose newest version was rejected. */
  readonly rejected: Rejections
  /** The location of each object, FILE:LINE, by `objectKey`. */
  located(): ReadonlyMap<string, string>
}
