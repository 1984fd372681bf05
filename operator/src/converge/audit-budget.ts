/**
 * Limits the CPU time that audits take. Where there are many large proxies, each is audited less often: drift is rare, and
 * a restart is noticed without audits.
 */
export type AuditBudgetOptions = {
  /** CPU time of this process so far, in milliseconds. */
  readonly cpu: () => number
  readonly proxies: () => number
  /** The configured interval between two audits of a proxy, in milliseconds. */
  readonly interval: number
}

/** All audits together, as a share of one core. */
const SHARE = 0.03
/** The interval grows no further than this, in milliseconds. */
const LONGEST = 600_000
/** An earlier full read counts for so much less than the one after it. */
const DECAY = 15 / 16

export class AuditBudget {
  readonly #options: AuditBudgetOptions
  /** CPU time of full reads, in milliseconds, and their number: both decay, so that their ratio is a moving average. */
  #spent = 0
  #reads = 0
  #running = 0
  /** The CPU time up to here is accounted for. */
  #mark = 0

  constructor(options: AuditBudgetOptions) {
    this.#options = options
  }

  /** Milliseconds between two audits of a proxy. Never less than configured. */
  get interval(): number {
    const { interval, proxies } = this.#options
    const cost = this.#reads === 0 ? 0 : this.#spent / this.#reads
    const affordable = (cost * proxies()) / SHARE
    return Math.max(interval, Math.min(LONGEST, affordable))
  }

  /** Runs a full read. Whatever this process does until it ends counts as its cost, shared with other full reads. */
  async measured<T>(read: () => Promise<T>): Promise<T> {
    if (this.#running === 0) this.#mark = this.#options.cpu()
    this.#running += 1
    try {
      return await read()
    } finally {
      this.#running -= 1
      this.#learn()
    }
  }

  #learn(): void {
    const now = this.#options.cpu()
    this.#spent = this.#spent * DECAY + now - this.#mark
    this.#reads = this.#reads * DECAY + 1
    this.#mark = now
  }
}
