/** Delays between retries. */
import { type Backoff, backoffMs } from '../backoff.ts'

/** A proxy that restarts must be refilled within a second after it responds. */
const WAITS = {
  unreachable: { firstMs: 100, longestMs: 500 },
  failing: { firstMs: 1000, longestMs: 30_000 },
} as const satisfies Readonly<Record<string, Backoff>>

/** `attempts` counts from 1; `fraction`, from 0 to 1, adds jitter, so that a fleet does not retry in lockstep. */
export function retryDelay(why: keyof typeof WAITS, attempts: number, fraction: number): number {
  return backoffMs(WAITS[why], attempts, fraction)
}
