/**
 * Limits concurrent work, in order of arrival. Slow work does not block the rest: after a while its slot is given to the
 * next, although it still runs.
 */
import type { Clock } from '../clock.ts'

export type SlotsOptions = {
  /** The number of slots. */
  readonly count: number
  /** The longest time that work holds a slot, in milliseconds. */
  readonly longest: number
  readonly clock: Pick<Clock, 'after'>
}

export class Slots {
  readonly #options: SlotsOptions
  readonly #waiting = new Set<() => void>()
  #free: number

  constructor(options: SlotsOptions) {
    this.#options = options
    this.#free = options.count
  }

  /** Whether work would have to wait now. */
  get areTaken(): boolean {
    return this.#free === 0
  }

  /** Rejects with the signal's reason if it aborts before the work has begun; after that the signal has no effect. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    if (this.#free > 0) this.#free -= 1
    else await this.#turn(signal)
    const release = this.#lease()
    try {
      return await work()
    } finally {
      release()
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        signal.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = () => {
        this.#waiting.delete(begin)
        reject(signal.reason)
      }
      this.#waiting.add(begin)
      signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  /** Releases the slot once: when the function that it returns is called, or when it was held for too long. */
  #lease(): () => void {
    const { clock, longest } = this.#options
    let isHeld = true
    const release = () => {
      if (isHeld) this.#next()
      isHeld = false
    }
    const callOff = clock.after(longest, release)
    return () => {
      callOff()
      release()
    }
  }

  /** Passes the slot on without freeing it, so that later work does not overtake waiting work. */
  #next(): void {
    const [begin] = this.#waiting
    if (begin) {
      this.#waiting.delete(begin)
      begin()
    } else this.#free += 1
  }
}
