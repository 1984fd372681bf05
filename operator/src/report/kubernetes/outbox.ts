/**
 * A queue of writes to the API server: rate-limited, a few at a time, retried with back-off, and never sent while another
 * operator may be writing. A newer write replaces the one that waits under its key.
 */
import { type Clock, Waker } from '../../clock.ts'
import { KubeError, type KubeErrorCode } from '../../kube/kube-error.ts'

/** One write. */
export type PendingWrite = {
  /** The object that is written: of two writes with the same key, only the newer is sent. */
  readonly key: string
  send(signal: AbortSignal): Promise<void>
}

export type OutboxOptions = {
  readonly clock: Clock
  /** Writes per second, on average. */
  readonly rate: number
  /** Writes at once, after a pause. */
  readonly burst: number
  /** Called right before each write is sent. */
  readonly mayWrite: () => boolean
  /** From 0 to 1, for jitter. */
  readonly fraction: () => number
  readonly onFailure: (error: unknown, key: string) => void
}

/** Most writes in flight. */
const AT_ONCE = 4

/** The first and the longest wait after a failure, in milliseconds. */
const WAITS = { first: 500, longest: 30_000 }

/** Attempts in a row that may end in not-found before that is reported as a failure: some seconds. */
const NOT_FOUND_ATTEMPTS = 3

/** Failures of one write that say nothing about others. */
const OF_ONE_WRITE: ReadonlySet<KubeErrorCode> = new Set(['not-found', 'conflict', 'already-exists', 'invalid'])

export class Outbox {
  readonly #options: OutboxOptions
  #waiting: Map<string, PendingWrite> = new Map()
  readonly #inFlight = new Map<string, Promise<void>>()
  /** Keys whose last write failed. */
  readonly #failed = new Map<string, { readonly attempts: number; readonly notBefore: number }>()
  #failures = 0
  #closedUntil = Number.NEGATIVE_INFINITY
  readonly #tokens: Tokens
  #wake = () => {}

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#tokens = new Tokens(options)
  }

  /** All writes that are due; those of an earlier call that are not among them are dropped. */
  want(writes: readonly PendingWrite[]): void {
    this.#waiting = new Map(writes.map(write => [write.key, write]))
    for (const key of this.#failed.keys()) if (!this.#waiting.has(key)) this.#failed.delete(key)
    if (writes.length > 0) this.#wake()
  }

  /** Runs until the signal aborts; writes in flight are then cancelled. */
  async run(signal: AbortSignal): Promise<void> {
    const waker = new Waker(this.#options.clock, signal)
    this.#wake = () => waker.wake()
    while (!signal.aborted) await waker.wait(this.#sendDue(signal))
    await Promise.all(this.#inFlight.values())
  }

  /** Returns how long to wait for the next write, in milliseconds. */
  #sendDue(signal: AbortSignal): number {
    const now = this.#options.clock.now()
    if (!this.#options.mayWrite()) this.#waiting.clear()
    if (now < this.#closedUntil) return this.#closedUntil - now
    let wait = Number.POSITIVE_INFINITY
    for (const write of this.#waiting.values()) {
      if (this.#inFlight.size >= AT_ONCE) return Number.POSITIVE_INFINITY
      if (this.#inFlight.has(write.key)) continue
      const left = (this.#failed.get(write.key)?.notBefore ?? now) - now
      if (left > 0) {
        wait = Math.min(wait, left)
        continue
      }
      const patience = this.#tokens.take(now)
      if (patience > 0) return patience
      this.#waiting.delete(write.key)
      this.#inFlight.set(write.key, this.#send(write, signal))
    }
    return wait
  }

  async #send(write: PendingWrite, signal: AbortSignal): Promise<void> {
    try {
      await write.send(signal)
      this.#failures = 0
      this.#failed.delete(write.key)
    } catch (error) {
      const isCancelled = error instanceof KubeError && error.code === 'aborted'
      if (!isCancelled && !signal.aborted) this.#putBack(write, error)
    } finally {
      this.#inFlight.delete(write.key)
      this.#wake()
    }
  }

  #putBack(write: PendingWrite, error: unknown): void {
    const { clock, onFailure } = this.#options
    if (!this.#waiting.has(write.key)) this.#waiting.set(write.key, write)
    const kube = error instanceof KubeError ? error : undefined
    if (kube && OF_ONE_WRITE.has(kube.code)) {
      const attempts = (this.#failed.get(write.key)?.attempts ?? 0) + 1
      this.#failed.set(write.key, { attempts, notBefore: clock.now() + this.#pause(attempts) })
      // An object that was just deleted will soon not be wanted any more.
      if (kube.code === 'not-found' && attempts <= NOT_FOUND_ATTEMPTS) return
    } else {
      this.#failures += 1
      this.#closedUntil = clock.now() + Math.max(kube?.retryAfter ?? 0, this.#pause(this.#failures))
    }
    onFailure(error, write.key)
  }

  #pause(attempts: number): number {
    const { first, longest } = WAITS
    return Math.min(first * 2 ** (attempts - 1), longest) * (0.5 + this.#options.fraction() / 2)
  }
}

/** A token bucket. */
class Tokens {
  readonly #rate: number
  readonly #burst: number
  #count: number
  #at = Number.NEGATIVE_INFINITY

  constructor({ rate, burst }: Pick<OutboxOptions, 'rate' | 'burst'>) {
    this.#rate = rate
    this.#burst = burst
    this.#count = burst
  }

  /** 0: one was taken; else the time until there is one, in milliseconds. */
  take(now: number): number {
    const earned = ((now - this.#at) / 1000) * this.#rate
    this.#count = Math.min(this.#burst, this.#count + earned)
    this.#at = now
    // In whole milliseconds: a clock need not go forward by less.
    if (this.#count < 1) return Math.ceil(((1 - this.#count) / this.#rate) * 1000)
    this.#count -= 1
    return 0
  }
}
