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
    const value = await look()
    const took = performance.now() - began
    if (value !== undefined && value !== false) return { value, took }
    if (took > patience) throw new Error(`not within ${patience} ms: ${what}`)
    await sleep(5)
  }
}
