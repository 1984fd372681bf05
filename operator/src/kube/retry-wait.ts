/** How long to wait before a request to the API server is retried. Pure. */
import { type Backoff, backoffMs } from '../backoff.ts'

/** The longest wait also bounds the delay until everything is read again after a long outage. */
const BACKOFF: Backoff = { firstMs: 200, longestMs: 8_000 }

/**
 * In milliseconds. `attempts` counts consecutive failures, from 1; `fraction`, from 0 to 1, is jitter. The
 * `Retry-After` of the server takes precedence, regardless of earlier failures.
 */
export function retryWait(attempts: number, fraction: number, retryAfter: number | undefined): number {
  if (retryAfter !== undefined) return Math.max(retryAfter, BACKOFF.firstMs) * (1 + fraction / 4)
  return backoffMs(BACKOFF, attempts, fraction)
}
