/** How long to wait before the API server is asked again. Pure. */
import { type Backoff, backoffMs } from '../backoff.ts'

/** After the longest wait everything is read again once a server is back that was unavailable for long. */
const BACKOFF: Backoff = { firstMs: 200, longestMs: 8_000 }

/**
 * In milliseconds. `attempts` counts the failures in a row, from 1; `fraction`, from 0 to 1, keeps reflectors from going in
 * step. The `Retry-After` of the server takes precedence, however long it was unavailable before.
 */
export function retryWait(attempts: number, fraction: number, retryAfter: number | undefined): number {
  if (retryAfter !== undefined) return Math.max(retryAfter, BACKOFF.firstMs) * (1 + fraction / 4)
  return backoffMs(BACKOFF, attempts, fraction)
}
