/**
 * A world in which operators compete for a Lease, in which time is a number: messages to the API server get lost or come
 * late, processes stop and go on, their clocks go too fast or too slow, and people delete the Lease.
 */
import type { Clock } from '../../../src/clock.ts'
import { Elector, type Lease, type LeaseDraft, type LeaseStore, type LeaseTimes } from '../../../src/kube/lease.ts'
import { VirtualTime } from '../../support/virtual-time.ts'

export const TIMES: LeaseTimes = { duration: 10_000, renewDeadline: 7000, renewEvery: 2000 }

/** How one message fares; `undefined`: it is lost. In milliseconds. */
export type Way = () => number | undefined

export class LeaseWorld extends VirtualTime {
  lease: Lease | undefined
  /** How often the Lease was written. */
  writes = 0
  #version = 0

  /** What the API server does with a write the moment that it arrives. */
  write(draft: LeaseDraft, version: string | undefined): Lease | 'conflict' {
    if (this.lease?.version !== version) return 'conflict'
    this.#version += 1
    this.writes += 1
    this.lease = { ...draft, version: `${this.#version}` }
    return this.lease
  }
}

/** One process. */
export class Candidate {
  readonly elector: Elector
  readonly ended: Promise<void>
  readonly failures: unknown[] = []
  way: Way = () => 5
  readonly #world: LeaseWorld
  readonly #rate: number
  readonly #stop = new AbortController()
  #pausedUntil = 0
  #isDead = false

  constructor(world: LeaseWorld, identity: string, rate = 1) {
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

  /** Whether it would write at this moment; a process that is stopped writes nothing. */
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
      after: (milliseconds, callback) => this.#later(milliseconds / this.#rate, callback),
    }
  }

  /** Something that the process does, when it is running again. */
  #later(milliseconds: number, work: () => void): () => void {
    const world = this.#world
    let callOff = () => {}
    const tryAt = (time: number) => {
      callOff = world.at(time, () => {
        if (this.#isDead) return
        if (world.now < this.#pausedUntil) tryAt(this.#pausedUntil)
        else work()
      })
    }
    tryAt(world.now + Math.max(0, milliseconds))
    return () => callOff()
  }

  #store(): LeaseStore {
    return {
      read: signal => this.#ask(signal, () => this.#world.lease),
      write: (draft, version, signal) => this.#ask(signal, () => this.#world.write(draft, version)),
    }
  }

  #ask<T>(signal: AbortSignal, serve: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    signal.addEventListener('abort', () => reject(signal.reason))
    if (signal.aborted) reject(signal.reason)
    const there = this.way()
    const back = this.way()
    if (there !== undefined)
      this.#world.at(this.#world.now + there, () => {
        const answer = serve()
        if (back !== undefined) this.#later(back, () => resolve(answer))
      })
    return promise
  }
}
