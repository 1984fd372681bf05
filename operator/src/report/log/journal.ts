/** Logs what is different from one overview of a mesh to the next. */
import { happenings, told } from '../happenings.ts'
import { isGood, type Overview } from '../overview.ts'
import type { Log } from './log.ts'

export type Journal = {
  take(overview: Overview): void
  /** There is nothing to tell of proxies and resources, and none of them is gone. */
  standBy(problems: Overview['problems']): void
  /** Aborts once every proxy has been tried. */
  readonly tried: AbortSignal
  /** Whether all was in force when it was last looked. */
  isGood(): boolean
}

export function openJournal(log: Log): Journal {
  const tried = new AbortController()
  let before: Overview | undefined
  let latest: Overview | undefined
  const tell = (overview: Overview) => {
    for (const happening of happenings(before, overview)) log(happening)
    before = told(before, overview)
    latest = overview
  }
  return {
    take(overview) {
      tell(overview)
      if (isTried(overview)) tried.abort()
    },
    standBy(problems) {
      const nothing = { proxies: [], pods: [], resources: [] }
      before = before && { ...nothing, problems: before.problems }
      tell({ ...nothing, problems })
    },
    tried: tried.signal,
    isGood: () => latest !== undefined && isGood(latest),
  }
}

function isTried({ proxies }: Overview): boolean {
  return proxies.every(({ phase }) => phase !== 'unknown' && phase !== 'converging')
}
