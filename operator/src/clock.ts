/** The clock as a parameter, and an interruptible wait, which wakes the loops of the operator. */

export type Clock = {
  /** Milliseconds since the epoch, or since any fixed moment if only differences matter. */
  now(): number
  /** Calls back once after this many milliseconds. Returns a function that cancels the call. */
  after(milliseconds: number, callback: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, Math.min(milliseconds, LONGEST))
    return () => clearTimeout(timer)
  },
}

/** A monotonic clock that continues while the process is suspended. Unrelated to the time of day. */
export const steadyClock: Clock = { ...systemClock, now: () => performance.now() }

/** Node.js fires timers with a longer delay immediately. */
const LONGEST = 2 ** 31 - 1

/** Wakes one loop when requested, when a time has passed, or when the signal aborts. */
export class Waker {
  readonly #clock: Clock
  readonly #signal: AbortSignal
  #isWoken = false
  #wake: () => void = () => {}

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock
    this.#signal = signal
    signal.addEventListener('abort', () => this.wake(), { once: true })
  }

  wake(): void {
    this.#isWoken = true
    this.#wake()
  }

  /**
   * Returns after this many milliseconds (`due`), or as soon as it is woken; immediately if it was woken since the last
   * wait.
   */
  async wait(milliseconds: number): Promise<'due' | 'woken'> {
    if (!this.#isWoken && milliseconds > 0 && !this.#signal.aborted) await this.#sleep(milliseconds)
    const reason = this.#isWoken ? 'woken' : 'due'
    this.#isWoken = false
    return reason
  }

  #sleep(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = this.#clock.after(milliseconds, resolve)
    this.#wake = resolve
    return promise.finally(cancel)
  }
}
