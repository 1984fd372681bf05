/** How long to wait before the API server is asked again. */

const FIRST_MS = 200
/** So soon is everything read again once a server is back that was away for long. */
const LONGEST_MS = 8_000

/**
 * `attempts` counts the failures in a row, from 1; `fraction`, from 0 to 1, keeps reflectors from going in step. A server
 * that says itself when to come back knows better, however long it was away before.
 */
export function backoff(attempts: number, fraction: number, retryAfter: number | undefined): number {
  if (retryAfter !== undefined) return Math.max(retryAfter, FIRST_MS) * (1 + fraction / 4)
  return Math.min(FIRST_MS * 2 ** (attempts - 1), LONGEST_MS) * (0.5 + fraction / 2)
}
