/** Waits for a condition, and fails with its name when the time is over. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves with the first value that is not undefined or false, and how long that took in milliseconds. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  patience = 10_000,
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
