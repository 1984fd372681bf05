/** Waits for a condition, and fails with its name at the deadline. */
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * The default deadline, in milliseconds. It is not a performance limit, because a shared machine may stall; use `took`
 * to assert durations.
 */
export const PATIENCE = 120_000

/** Resolves with the first value that is not undefined or false, and how long that took in milliseconds. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  patience = PATIENCE,
): Promise<{ readonly value: T; readonly took: number }> {
  const began = performance.now()
  for (;;) {
    const looked = performance.now()
    const value = await look()
    const now = performance.now()
    const took = now - began
    if (value !== undefined && value !== false) return { value, took }
    if (took > patience) throw new Error(`not within ${patience} ms: ${what}`)
    // An expensive check, such as one that starts a program, must not slow down what it waits for.
    await sleep(Math.min(5 + 2 * (now - looked), 500))
  }
}
