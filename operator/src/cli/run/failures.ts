/** Logs failures that are retried anyway: the same failure at most once a minute. */

import type { Log } from '../../report/log/log.ts'
import { messageOf } from '../../user-error.ts'

/** In milliseconds. */
const REPEAT_AFTER = 60_000
/** The maximum number of distinct failures to remember. */
const MAX_REASONS = 100

/** `now`: milliseconds since the epoch. */
export function failureLog(log: Log, now: () => number): (error: unknown, what: string) => void {
  const logged = new Map<string, number>()
  return (error, what) => {
    const reason = messageOf(error)
    const at = logged.get(reason)
    if (at !== undefined && now() - at < REPEAT_AFTER) return
    if (logged.size >= MAX_REASONS) logged.clear()
    logged.set(reason, now())
    log({ level: 'warn', text: `cannot write ${what}: ${reason}`, fields: { what } })
  }
}
