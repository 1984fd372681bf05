/** How long to wait before trying again. */

/** First wait and longest, in milliseconds. A proxy that comes back must be refilled within a second of answering. */
const WAITS = {
  unreachable: { first: 100, longest: 500 },
  failing: { first: 1000, longest: 30_000 },
} as const

/** `attempts` counts from 1; `fraction`, from 0 to 1, keeps a fleet from going in step. */
export function retryDelay(why: keyof typeof WAITS, attempts: number, fraction: number): number {
  const { first, longest } = WAITS[why]
  return Math.min(first * 2 ** (attempts - 1), longest) * (0.5 + fraction / 2)
}
