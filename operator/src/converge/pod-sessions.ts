/** Decides when to read the sessions of one proxy that stay on deleted pods, and ends those that can move. */
import { type Config, type Driver, ProxyError } from '@l7mesh/proxy-client'
import type { PodAddresses } from './pod-addresses.ts'
import { type LeftAddresses, sendsToPods, strandedSessions } from './stranded.ts'

/** Number of sessions that stay on deleted pods, by the resource of their listener. */
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
  /** Addresses of pods that get no new sessions but may have earlier ones, and since when. */
  readonly #left = new Map<string, number>()
  /** Addresses of deleted pods that other pods have since been given. Sessions may stay on them. */
  readonly #passedOn = new Set<string>()
  /** Sessions may stay on unknown pods: those of before this process started. */
  #isUncertain = true

  constructor({ pods, leftAddresses, onEnded }: PodSessionsOptions) {
    this.#pods = pods
    this.#leftAddresses = leftAddresses
    this.#onEnded = onEnded
  }

  /** Records the config before and after a round. `since`: when the desired config became known, by the clock. */
  learn(before: Config | undefined, after: Config | undefined, since: number): void {
    if (!before || !after) this.#isUncertain = true
    else for (const address of this.#leftAddresses(before.clusters, after.clusters)) this.#leave(address, since)
  }

  #leave(address: string, since: number): void {
    this.#left.set(address, since)
    this.#passedOn.delete(address)
  }

  /** Has the remaining sessions counted again. */
  doubt(): void {
    this.#isUncertain = true
  }

  get isDue(): boolean {
    return this.#isUncertain || this.#gone().length > 0
  }

  /**
   * Ends the sessions that can move and counts those that stay. Returns undefined if the proxy did not respond: it is then
   * due again.
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

  /** If another pod has the address, the earlier one released it after sessions were last sent there. */
  #isGone(address: string): boolean {
    if (!this.#pods.has(address) || this.#passedOn.has(address)) return true
    const since = this.#left.get(address)
    return since !== undefined && (this.#pods.leftAt(address) ?? Number.NEGATIVE_INFINITY) >= since
  }
}

/** The sessions of a proxy, which may be many, are read only if one of them can be on a pod. */
function mayHaveSessions(held: Config, gone: readonly string[]): boolean {
  return gone.length > 0 || [...held.clusters.values()].some(sendsToPods)
}

/** The session has ended by itself, or is reconnecting, which ends it too. */
function unlessGone(error: unknown): void {
  if (!(error instanceof ProxyError) || (error.code !== 'not-found' && error.code !== 'not-sent')) throw error
}
