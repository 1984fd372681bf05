/**
 * The delay before a container that has exited restarts. The kubelet waits 10 s and doubles up to 5 min; on a local
 * machine, where mistakes are fixed quickly, the delays are shorter. Pure.
 */
import { type Backoff, backoffMs } from '../../backoff.ts'

const BACKOFF: Backoff = { firstMs: 200, longestMs: 10_000 }
/** A container that ran this long has recovered: its next exit counts as the first. */
const RECOVERED_MS = 10_000

/** `previousMs`: the last delay, 0 before the first; `ranMs`: how long the container has run since. */
export function nextBackoff(previousMs: number, ranMs: number): number {
  if (previousMs === 0 || ranMs >= RECOVERED_MS) return backoffMs(BACKOFF, 1)
  return backoffMs({ ...BACKOFF, firstMs: previousMs }, 2)
}
