/** Waits for a condition, and fails with its name when the time is over. */
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * No measure, only an end, in milliseconds: a machine that others use may stand still for a while. How long a thing may
 * take is asked of `took`.
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
    // A look that is dear, as one that starts a program is, shall not hold up what it waits for.
    await sleep(Math.min(5 + 2 * (now - looked), 500))
  }
}
