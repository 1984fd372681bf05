/** Converts the reports of the loop into a throttled sequence of overviews, and each applied change. */
import { statSync } from 'node:fs'
import { systemClock } from '../../clock.ts'
import { throttle } from '../../throttle.ts'
import { createOverviews, type Overview, type OverviewInput } from '../overview.ts'
import type { AppReport } from '../report.ts'
import { type AppliedChange, trackChanges } from './changes.ts'

export type Follower = {
  take(report: AppReport): void
  /** Shows the pending overview immediately. */
  flush(): void
}

export type FollowOptions = {
  readonly folder: string
  /** The minimum interval between two overviews, in milliseconds. */
  readonly everyMs: number
  readonly onChange: (change: AppliedChange) => void
  readonly onOverview: (overview: Overview, report: AppReport) => void
}

export function followReports({ folder, everyMs, onChange, onOverview }: FollowOptions): Follower {
  const overviews = createOverviews()
  const changeIn = trackChanges({ now: systemClock.now, savedAt, folder })
  let latest: AppReport | undefined
  const show = throttle(systemClock, everyMs, () => {
    if (latest?.snapshot) onOverview(overviews(overviewInput(latest)), latest)
  })
  return {
    take(report) {
      latest = report
      const change = changeIn(report)
      if (change) onChange(change)
      show.request()
    },
    flush: show.flush,
  }
}

function overviewInput(report: AppReport): OverviewInput {
  const { proxies, problems, compare } = report
  const pods = report.snapshot?.pods ?? new Map()
  return { proxies, pods, problems, compare, statuses: report.statuses(), located: report.located() }
}

function savedAt(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs
}
