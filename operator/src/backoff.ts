/** Exponential backoff: how long to wait before the next attempt. Pure. */

export type Backoff = { readonly firstMs: number; readonly longestMs: number }

/**
 * In milliseconds; doubles with each attempt. `attempts` counts consecutive failures, from 1. `fraction`, from 0 to 1,
 * is the jitter: the wait is half of the maximum with 0, and all of it with 1, the default.
 */
export function backoffMs({ firstMs, longestMs }: Backoff, attempts: number, fraction = 1): number {
  return Math.min(firstMs * 2 ** (attempts - 1), longestMs) * (0.5 + fraction / 2)
}
