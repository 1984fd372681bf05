/** Logs the changes from one overview of a mesh to the next. */

import { isGood, type Overview } from '../overview.ts'
import type { Log } from './log.ts'
import { logEntries, reportedState } from './log-entries.ts'

export type ActivityLog = {
  take(overview: Overview): void
  /** Resets the state of proxies and resources without logging, and logs only problems. */
  standBy(problems: Overview['problems']): void
  /** Aborts when a round has been attempted on every proxy. */
  readonly tried: AbortSignal
  /** Whether all resources were programmed in the last overview. */
  isGood(): boolean
}

export function openActivityLog(log: Log): ActivityLog {
  const tried = new AbortController()
  let before: Overview | undefined
  let latest: Overview | undefined
  const record = (overview: Overview) => {
    for (const entry of logEntries(before, overview)) log(entry)
    before = reportedState(before, overview)
    latest = overview
  }
  return {
    take(overview) {
      record(overview)
      if (isTried(overview)) tried.abort()
    },
    standBy(problems) {
      const empty = { proxies: [], pods: [], resources: [] }
      before = before && { ...empty, problems: before.problems }
      record({ ...empty, problems })
    },
    tried: tried.signal,
    isGood: () => latest !== undefined && isGood(latest),
  }
}

function isTried({ proxies }: Overview): boolean {
  return proxies.every(({ phase }) => phase !== 'unknown' && phase !== 'converging')
}
