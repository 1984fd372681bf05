/**
 * A simulation of operators that compete for a Lease, in virtual time: messages to the API server are lost or delayed,
 * processes are suspended and resumed, clocks run fast or slow, and the Lease is deleted.
 */
import type { Clock } from '../../../src/clock.ts'
import { Elector, type Lease, type LeaseDraft, type LeaseStore, type LeaseTimes } from '../../../src/kube/lease.ts'
import { VirtualTime } from '../../support/virtual-time.ts'

export const TIMES: LeaseTimes = { duration: 10_000, renewDeadline: 7000, renewEvery: 2000 }

/** The latency of one message in milliseconds; `undefined` if it is lost. */
export type Way = () => number | undefined

export class LeaseSimulation extends VirtualTime {
  lease: Lease | undefined
  /** How often the Lease was written. */
  writes = 0
  #version = 0

  /** Handles a write at the API server when it arrives. */
  write(draft: LeaseDraft, version: string | undefined): Lease | 'conflict' {
    if (this.lease?.version !== version) return 'conflict'
    this.#version += 1
    this.writes += 1
    this.lease = { ...draft, version: `${this.#version}` }
    return this.lease
  }
}

/** One operator process. */
export class Candidate {
  readonly elector: Elector
  readonly ended: Promise<void>
  readonly failures: unknown[] = []
  way: Way = () => 5
  readonly #world: LeaseSimulation
  readonly #rate: number
  readonly #stop = new AbortController()
  #pausedUntil = 0
  #isDead = false

  constructor(world: LeaseSimulation, identity: string, rate = 1) {
    this.#world = world
    this.#rate = rate
    this.elector = new Elector({
      store: this.#store(),
      identity,
      times: TIMES,
      clock: this.#clock(),
      fraction: () => 0.5,
      onChange: () => {},
      onFailure: error => this.failures.push(error),
    })
    this.ended = this.elector.run(this.#stop.signal)
  }

  /** Whether it would write right now; a suspended process does not write. */
  get isWriting(): boolean {
    return !this.#isDead && this.#world.now >= this.#pausedUntil && this.elector.mayWrite()
  }

  pause(milliseconds: number): void {
    this.#pausedUntil = this.#world.now + milliseconds
  }

  kill(): void {
    this.#isDead = true
  }

  stop(): void {
    this.#stop.abort()
  }

  #clock(): Clock {
    const world = this.#world
    return {
      now: () => world.now * this.#rate,
      after: (milliseconds, callback) => this.#schedule(milliseconds / this.#rate, callback),
    }
  }

  /** Schedules work of the process, delayed while it is suspended. */
  #schedule(milliseconds: number, work: () => void): () => void {
    const world = this.#world
    let cancel = () => {}
    const tryAt = (time: number) => {
      cancel = world.at(time, () => {
        if (this.#isDead) return
        if (world.now < this.#pausedUntil) tryAt(this.#pausedUntil)
        else work()
      })
    }
    tryAt(world.now + Math.max(0, milliseconds))
    return () => cancel()
  }

  #store(): LeaseStore {
    return {
      read: signal => this.#request(signal, () => this.#world.lease),
      write: (draft, version, signal) => this.#request(signal, () => this.#world.write(draft, version)),
    }
  }

  #request<T>(signal: AbortSignal, serve: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    signal.addEventListener('abort', () => reject(signal.reason))
    if (signal.aborted) reject(signal.reason)
    const there = this.way()
    const back = this.way()
    if (there !== undefined)
      this.#world.at(this.#world.now + there, () => {
        const response = serve()
        if (back !== undefined) this.#schedule(back, () => resolve(response))
      })
    return promise
  }
}
