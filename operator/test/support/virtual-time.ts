/** Virtual time: due callbacks run in order, without waiting. */
import type { Clock } from '../../src/clock.ts'

type Due = { readonly at: number; readonly order: number; readonly work: () => void }

export class VirtualTime {
  now = 0
  readonly clock: Clock = {
    now: () => this.now,
    after: (milliseconds, callback) => this.at(this.now + Math.max(0, milliseconds), callback),
  }
  #order = 0
  readonly #due = new Set<Due>()
  readonly #observers: (() => void)[] = []

  /** Returns what calls it off. */
  at(time: number, work: () => void): () => void {
    const due = { at: time, order: this.#order++, work }
    this.#due.add(due)
    return () => void this.#due.delete(due)
  }

  /** Called after everything that happens. */
  observe(look: () => void): void {
    this.#observers.push(look)
  }

  pass(milliseconds: number): Promise<void> {
    return this.runUntil(this.now + milliseconds)
  }

  /** Some work takes so long, in which nothing else happens. */
  skip(milliseconds: number): void {
    this.now += milliseconds
  }

  async runUntil(time: number): Promise<void> {
    for (;;) {
      await settled()
      for (const look of this.#observers) look()
      const next = this.#next()
      if (!next || next.at > time) break
      this.#due.delete(next)
      this.now = Math.max(this.now, next.at)
      next.work()
    }
    this.now = Math.max(this.now, time)
  }

  #next(): Due | undefined {
    let next: Due | undefined
    for (const due of this.#due)
      if (!next || due.at < next.at || (due.at === next.at && due.order < next.order)) next = due
    return next
  }
}

function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
