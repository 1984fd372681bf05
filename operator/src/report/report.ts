/** The state of a mesh at one moment: the source of all that is written or shown. */
import type { Compare } from '@l7mesh/proxy-client'
import type { PhaseCounts, ProxyState } from '../converge/state.ts'
import type { Manifest } from '../sources/manifest.ts'
import type { ResourceKey, Snapshot, SourceProblem } from '../sources/snapshot.ts'
import type { DesiredFleet } from '../translate/desired.ts'
import type { Rejections, ResourceStatus } from './status.ts'

export type Report = {
  /** undefined until the source has been read once. */
  readonly snapshot: Snapshot | undefined
  readonly fleet: DesiredFleet | undefined
  /** Whether this process reconciles the proxies; if not, nothing is known about them. */
  readonly leads: boolean
  readonly proxies: ReadonlyMap<string, ProxyState>
  /** How many of `proxies` are in each phase. */
  readonly phases: PhaseCounts
  /** Has compared what `proxies` hold with what they should hold. */
  readonly compare: Compare
  readonly problems: readonly SourceProblem[]
  /** Computed at the first call. */
  statuses(): ReadonlyMap<ResourceKey, ResourceStatus>
}

/** With what only a folder source knows. */
export type AppReport = Report & {
  readonly manifests: readonly Manifest[]
  /** Resources whose newest text is not used. */
  readonly rejected: Rejections
  /** Where each object is written, FILE:LINE, by `objectKey`. */
  located(): ReadonlyMap<string, string>
}
