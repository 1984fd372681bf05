/** Runs work one at a time, in order of request. If the mutex is free, work begins at once. */
export class Mutex {
  #isHeld = false
  readonly #waiting: (() => void)[] = []

  /** Whether work would begin at once. */
  get isFree(): boolean {
    return !this.#isHeld
  }

  /** Rejects with the signal's reason if it aborts before the work has begun; after that the signal has no effect. */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted()
    if (this.#isHeld) await this.#turn(signal)
    this.#isHeld = true
    try {
      return await work()
    } finally {
      this.#next()
    }
  }

  /** Resolves when nothing runs and nothing waits. */
  idle(): Promise<void> {
    return this.run(async () => {})
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        signal?.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1)
        reject(signal?.reason)
      }
      this.#waiting.push(begin)
      signal?.addEventListener('abort', giveUp, { once: true })
    })
  }

  /** Passes the mutex on without releasing it, so that later work does not overtake waiting work. */
  #next(): void {
    const begin = this.#waiting.shift()
    if (begin) begin()
    else this.#isHeld = false
  }
}
