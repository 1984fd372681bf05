/** When to look for sessions of one proxy that stay on pods that are gone, and what to do with them. */
import { type Config, ProxyError } from '@l7mesh/proxy-client'
import type { Connection } from './round.ts'
import { type HasPod, type LeftAddresses, sendsToPods, strandedSessions } from './stranded.ts'

/** Sessions that stay on pods that are gone; by the resource of their listener. */
export type StrandedCounts = ReadonlyMap<string, number>

export class PodSessions {
  readonly #hasPod: HasPod
  readonly #leftAddresses: LeftAddresses
  /** Addresses of pods that get no new sessions any more and may have some of before. */
  readonly #left = new Set<string>()
  /** Sessions may stay on pods of which nothing is known here: those of the time before this process. */
  #isUncertain = true

  constructor(hasPod: HasPod, leftAddresses: LeftAddresses) {
    this.#hasPod = hasPod
    this.#leftAddresses = leftAddresses
  }

  /** What the proxy held, and holds. */
  learn(before: Config | undefined, after: Config | undefined): void {
    if (before && after)
      for (const address of this.#leftAddresses(before.clusters, after.clusters)) this.#left.add(address)
    else this.#isUncertain = true
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
  async move({ calls }: Connection, held: Config, signal: AbortSignal): Promise<StrandedCounts | undefined> {
    const gone = this.#gone()
    try {
      const sessions = mayHaveSessions(held, gone) ? await calls.sessions(signal) : []
      const { movable, staying } = strandedSessions(sessions, held, this.#hasPod)
      for (const name of movable) await calls.deleteSession(name, signal).catch(unlessGone)
      for (const address of gone) this.#left.delete(address)
      this.#isUncertain = false
      return staying
    } catch (error) {
      if (error instanceof ProxyError) return undefined
      throw error
    }
  }

  #gone(): readonly string[] {
    return [...this.#left].filter(address => !this.#hasPod(address))
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
