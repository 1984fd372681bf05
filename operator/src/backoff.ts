/** Exponential back-off: how long to wait before the next attempt. Pure. */

export type Backoff = { readonly firstMs: number; readonly longestMs: number }

/**
 * In milliseconds; doubles with each attempt. `attempts` counts the failures in a row, from 1. `fraction`, from 0 to 1, is
 * the jitter: with 1, the default, all of the wait is used, with 0 half of it.
 */
export function backoffMs({ firstMs, longestMs }: Backoff, attempts: number, fraction = 1): number {
  return Math.min(firstMs * 2 ** (attempts - 1), longestMs) * (0.5 + fraction / 2)
}
