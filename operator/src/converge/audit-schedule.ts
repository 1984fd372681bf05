/** The schedule of audits: full reads of a proxy that detect drift. Audits of a fleet are spread over the interval. */
import type { Clock } from '../clock.ts'

export type AuditScheduleOptions = {
  readonly clock: Pick<Clock, 'now'>
  /** A number from 0 to 1. */
  readonly fraction: () => number
  /** The longest time between two full reads, in milliseconds. Asked after each of them. */
  readonly interval: () => number
}

export class AuditSchedule {
  readonly #options: AuditScheduleOptions
  #dueAt = Number.NEGATIVE_INFINITY

  constructor(options: AuditScheduleOptions) {
    this.#options = options
  }

  /** Milliseconds until the next audit; 0 or less if it is due. */
  get due(): number {
    return this.#dueAt - this.#options.clock.now()
  }

  /** The proxy was read in full. `isAudit`: because an audit was due. */
  done(isAudit: boolean): void {
    const { clock, fraction, interval } = this.#options
    // Reads for other reasons may have happened simultaneously for all proxies.
    const least = isAudit ? 0.9 : 0.1
    this.#dueAt = clock.now() + interval() * (least + fraction() * (1 - least))
  }
}
