/** Logs failures that are tried again anyway: the same one once a minute, however often it happens. */

import type { Log } from '../../report/log/log.ts'
import { messageOf } from '../../user-error.ts'

/** In milliseconds. */
const AGAIN_AFTER = 60_000
/** Different failures that are remembered. */
const MOST = 100

/** `now`: milliseconds since the epoch. */
export function failureLog(log: Log, now: () => number): (error: unknown, what: string) => void {
  const said = new Map<string, number>()
  return (error, what) => {
    const reason = messageOf(error)
    const at = said.get(reason)
    if (at !== undefined && now() - at < AGAIN_AFTER) return
    if (said.size >= MOST) said.clear()
    said.set(reason, now())
    log({ level: 'warn', text: `cannot write ${what}: ${reason}`, fields: { what } })
  }
}
