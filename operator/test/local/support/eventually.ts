/** Waits for conditions in tests: as long as it must, never longer than the deadline. */
import { setTimeout as sleep } from 'node:timers/promises'
import { processStat } from '../../../src/local/process/process-stat.ts'

const DEADLINE_MS = 20_000
const POLL_MS = 20

/** The first value of `probe` that is neither undefined nor false. */
export async function eventually<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  for (let waited = 0; waited < DEADLINE_MS; waited += POLL_MS) {
    const found = await probe()
    if (found !== undefined && found !== false) return found
    await sleep(POLL_MS)
  }
  throw new Error(`did not come about: ${what}`)
}

/** Whether a process of this id runs, and is not just waiting to be collected. */
export function isAlive(pid: number): boolean {
  if (process.platform === 'linux') return (processStat(pid)?.state ?? 'Z') !== 'Z'
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
