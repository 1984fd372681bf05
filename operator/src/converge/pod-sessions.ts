/** When to look for sessions of one proxy that stay on pods that are gone, and what to do with them. */
import { type Config, type Driver, ProxyError } from '@l7mesh/proxy-client'
import type { PodAddresses } from './pod-addresses.ts'
import { type LeftAddresses, sendsToPods, strandedSessions } from './stranded.ts'

/** Sessions that stay on pods that are gone; by the resource of their listener. */
export type StrandedCounts = ReadonlyMap<string, number>

export type PodSessionsOptions = {
  readonly pods: PodAddresses
  readonly leftAddresses: LeftAddresses
  /** Called for each session that was ended. */
  readonly onEnded: () => void
}

export class PodSessions {
  readonly #pods: PodAddresses
  readonly #leftAddresses: LeftAddresses
  readonly #onEnded: () => void
  /** Addresses of pods that get no new sessions any more and may have some of before, and since when. */
  readonly #left = new Map<string, number>()
  /** Those of pods that are gone, which others have had since. Sessions may stay on them. */
  readonly #passedOn = new Set<string>()
  /** Sessions may stay on pods of which nothing is known here: those of the time before this process. */
  #isUncertain = true

  constructor({ pods, leftAddresses, onEnded }: PodSessionsOptions) {
    this.#pods = pods
    this.#leftAddresses = leftAddresses
    this.#onEnded = onEnded
  }

  /** What the proxy held, and holds. `since`: when it became known what it should hold, by the clock. */
  learn(before: Config | undefined, after: Config | undefined, since: number): void {
    if (!before || !after) this.#isUncertain = true
    else for (const address of this.#leftAddresses(before.clusters, after.clusters)) this.#leave(address, since)
  }

  #leave(address: string, since: number): void {
    this.#left.set(address, since)
    this.#passedOn.delete(address)
  }

  /** Counts again those that stayed. */
  doubt(): void {
    this.#isUncertain = true
  }

  get isDue(): boolean {
    return this.#isUncertain || this.#gone().length > 0
  }

  /**
   * Ends the sessions that may move and counts those that stay. undefined where the proxy did not answer: then it is due
   * again.
   */
  async move(driver: Driver, held: Config, signal: AbortSignal): Promise<StrandedCounts | undefined> {
    const gone = this.#gone()
    try {
      const sessions = mayHaveSessions(held, gone) ? await driver.sessions(signal) : []
      const { movable, staying } = strandedSessions(sessions, held, address => this.#isGone(address))
      for (const name of movable) await driver.endSession(name, signal).then(this.#onEnded, unlessGone)
      for (const address of gone) this.#forget(address)
      this.#isUncertain = false
      return staying
    } catch (error) {
      if (error instanceof ProxyError) return undefined
      throw error
    }
  }

  #forget(address: string): void {
    if (this.#pods.has(address)) this.#passedOn.add(address)
    this.#left.delete(address)
  }

  #gone(): readonly string[] {
    return [...this.#left.keys()].filter(address => this.#isGone(address))
  }

  /** Where another pod has the address, the one that sessions were sent to has given it up since they no longer were. */
  #isGone(address: string): boolean {
    if (!this.#pods.has(address) || this.#passedOn.has(address)) return true
    const since = this.#left.get(address)
    return since !== undefined && (this.#pods.leftAt(address) ?? Number.NEGATIVE_INFINITY) >= since
  }
}

/** A proxy with many sessions is asked for them only where one of them could be on a pod. */
function mayHaveSessions(held: Config, gone: readonly string[]): boolean {
  return gone.length > 0 || [...held.clusters.values()].some(sendsToPods)
}

/** It has ended by itself, or is being connected anew, which ends it too. */
function unlessGone(error: unknown): void {
  if (!(error instanceof ProxyError) || (error.code !== 'not-found' && error.code !== 'not-sent')) throw error
}
