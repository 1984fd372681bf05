/** Wakes the one loop of the folder source: when it is rung, when the time has come, or when all is to end. */
import type { Clock } from './disk.ts'

export class Alarm {
  readonly #clock: Clock
  readonly #signal: AbortSignal
  #isRung = false
  #wake: () => void = () => {}

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock
    this.#signal = signal
    signal.addEventListener('abort', () => this.ring(), { once: true })
  }

  ring(): void {
    this.#isRung = true
    this.#wake()
  }

  /** Returns after that many ms, or as soon as it is rung; at once if it was rung since the last wait. */
  async wait(ms: number): Promise<void> {
    if (!this.#isRung && ms > 0 && !this.#signal.aborted) await this.#sleep(ms)
    this.#isRung = false
  }

  #sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const callOff = this.#clock.after(ms, resolve)
    this.#wake = resolve
    return promise.finally(callOff)
  }
}
