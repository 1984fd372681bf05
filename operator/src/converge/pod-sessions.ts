/** When to look for sessions of one proxy that stay on pods that are gone, and what to do with them. */
import { type Config, ProxyError } from '@l7mesh/proxy-client'
import type { Connection } from './round.ts'
import { type LeftAddresses, type PodsAt, sendsToPods, strandedSessions } from './stranded.ts'

/** Sessions that stay on pods that are gone; by the resource of their listener. */
export type StrandedCounts = ReadonlyMap<string, number>

export class PodSessions {
  readonly #podsAt: PodsAt
  readonly #leftAddresses: LeftAddresses
  /** Addresses of pods that get no new sessions any more and may have some of before, with all pods that were there. */
  readonly #left = new Map<string, readonly string[]>()
  /** Addresses of pods that are gone, and that others have: those on the network of a node share theirs. */
  readonly #taken = new Set<string>()
  /** Sessions may stay on pods of which nothing is known here: those of the time before this process. */
  #isUncertain = true

  constructor(podsAt: PodsAt, leftAddresses: LeftAddresses) {
    this.#podsAt = podsAt
    this.#leftAddresses = leftAddresses
  }

  /** What the proxy held, and holds. */
  learn(before: Config | undefined, after: Config | undefined): void {
    if (before && after)
      for (const address of this.#leftAddresses(before.clusters, after.clusters)) this.#leave(address)
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
      const hasPod = (address: string) => this.#hasPod(address) && !gone.includes(address)
      const { movable, staying } = strandedSessions(sessions, held, hasPod)
      for (const name of movable) await calls.deleteSession(name, signal).catch(unlessGone)
      for (const address of gone) this.#settle(address)
      this.#isUncertain = false
      return staying
    } catch (error) {
      if (error instanceof ProxyError) return undefined
      throw error
    }
  }

  #leave(address: string): void {
    this.#left.set(address, this.#podsAt(address))
    this.#taken.delete(address)
  }

  #settle(address: string): void {
    this.#left.delete(address)
    if (this.#podsAt(address).length > 0) this.#taken.add(address)
  }

  #hasPod(address: string): boolean {
    return this.#podsAt(address).length > 0 && !this.#taken.has(address)
  }

  /** One of the pods that were there is gone; which of them it was is not known, so it is taken for the one of the sessions. */
  #gone(): readonly string[] {
    return [...this.#left].flatMap(([address, were]) => {
      const are = this.#podsAt(address)
      return were.length === 0 || were.some(pod => !are.includes(pod)) ? [address] : []
    })
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
