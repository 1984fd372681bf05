/** Time as a parameter, and a wait that can be cut short: what wakes the loops of the operator. */

export type Clock = {
  /** Milliseconds since the epoch, or since some moment where only differences count. */
  now(): number
  /** Calls back once after so many milliseconds; the result calls it off. */
  after(milliseconds: number, callback: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, Math.min(milliseconds, LONGEST))
    return () => clearTimeout(timer)
  },
}

/** Never jumps, and goes on while the process is stopped; says nothing of the time of day. */
export const steadyClock: Clock = { ...systemClock, now: () => performance.now() }

/** Beyond this a timer of Node.js goes off at once. */
const LONGEST = 2 ** 31 - 1

/** Wakes one loop: when it is rung, when the time has come, or when all is to end. */
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

  /** Returns after so many milliseconds (`due`), or as soon as it is rung; at once if it was since the last wait. */
  async wait(milliseconds: number): Promise<'due' | 'woken'> {
    if (!this.#isWoken && milliseconds > 0 && !this.#signal.aborted) await this.#sleep(milliseconds)
    const why = this.#isWoken ? 'woken' : 'due'
    this.#isWoken = false
    return why
  }

  #sleep(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const callOff = this.#clock.after(milliseconds, resolve)
    this.#wake = resolve
    return promise.finally(callOff)
  }
}
