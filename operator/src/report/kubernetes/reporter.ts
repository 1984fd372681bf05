/**
 * Writes the reports of the loop to an API server: statuses, events, and updates of owners. Off the critical path: a few
 * reports per second are processed at most, and writes are rate-limited.
 */
import type { Clock } from '../../clock.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import type { LiveResource } from '../../sources/kubernetes/validated-resource.ts'
import type { ResourceKey } from '../../sources/snapshot.ts'
import { throttle } from '../../throttle.ts'
import { fillingsNow, type Moment, type Occurrence, occurrences, type ReportedStatus } from '../events.ts'
import { ownerUpdates } from '../owners.ts'
import type { Report } from '../report.ts'
import { conditionsHeld } from './applied-status.ts'
import { EventWriter } from './event-writer.ts'
import type { OutboxOptions } from './outbox.ts'
import { OwnerWriter } from './owner-writer.ts'
import { ResourceStatusWriter } from './status-writer.ts'

export type KubernetesReporterOptions = Pick<OutboxOptions, 'mayWrite' | 'fraction'> & {
  readonly client: KubeClient
  readonly clock: Clock
  readonly live: (key: ResourceKey) => LiveResource | undefined
  /** Writes per second. */
  readonly statusRate: number
  readonly eventRate: number
  /** The name of this process: that of its pod. */
  readonly instance: string
  /** A write failed and will be retried. `what`: which one. */
  readonly onFailure: (error: unknown, what: string) => void
}

/** The least time between two reports that are processed, in milliseconds. */
const EVERY = 200

/** How long writes are held back while proxies converge, in milliseconds. */
const HOLD = 1000

export class KubernetesReporter {
  readonly #options: KubernetesReporterOptions
  readonly #status: ResourceStatusWriter
  readonly #events: EventWriter
  readonly #owners: OwnerWriter
  readonly #reconcile: () => void
  #latest: Report | undefined
  #reported: Moment | undefined
  #callOff = () => {}
  /** Ends the wait for proxies that converge. */
  #release: (() => void) | undefined

  constructor(options: KubernetesReporterOptions) {
    this.#options = options
    const { clock, statusRate, eventRate } = options
    const failing = (what: string) => ({
      onFailure: (error: unknown, key: string) => options.onFailure(error, `${what} ${key}`),
    })
    this.#status = new ResourceStatusWriter({ ...options, ...failing('the status of'), rate: statusRate })
    this.#events = new EventWriter({ ...options, ...failing('an event:'), rate: eventRate })
    this.#owners = new OwnerWriter({ ...options, ...failing('the owner'), rate: statusRate })
    this.#reconcile = throttle(clock, EVERY, () => this.#tell()).request
  }

  take(report: Report): void {
    this.#latest = report
    if (!this.#isHeldBack(report)) this.#reconcile()
  }

  /** Runs until the signal aborts. What has not been written by then is left to the next leader. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#status, this.#events, this.#owners].map(writer => writer.run(signal)))
    this.#callOff()
    this.#release?.()
  }

  /** Many resources at once are programmed sooner if their statuses are not written meanwhile. */
  #isHeldBack({ phases }: Report): boolean {
    const isBusy = phases.converging > 0
    if (isBusy) this.#release ??= this.#options.clock.after(HOLD, () => this.#endHold())
    else this.#endHold()
    return isBusy
  }

  #endHold(): void {
    if (!this.#release) return
    this.#release()
    this.#release = undefined
    this.#reconcile()
  }

  #tell(): void {
    const { clock, live } = this.#options
    const { snapshot, leads, proxies, statuses } = this.#latest ?? {}
    // A standby does not know the proxies, and another leader may have written since.
    if (!snapshot || !leads || !proxies || !statuses) {
      this.#reported = undefined
      return
    }
    const before = this.#reported
    const fillings = fillingsNow(before?.fillings ?? new Map(), proxies, key => snapshot.pods.has(key))
    const newest = statuses()
    const writeAgain = this.#status.want(newest, live)
    const now: Moment = { statuses: this.#certain(newest, before), proxies, fillings }
    const happened = occurrences(before ?? { ...now, proxies: new Map(), statuses: this.#held(now.statuses) }, now)
    this.#reported = now
    this.#owners.want(ownerUpdates(snapshot, newest))
    const again = Math.min(
      writeAgain,
      this.#events.write(happened, about => this.#uidOf(about)),
    )
    this.#callOff()
    if (again < Number.POSITIVE_INFINITY) this.#callOff = clock.after(again, this.#reconcile)
  }

  /** The newest statuses, but the last reported ones where the newest may be transient. */
  #certain(newest: Moment['statuses'], before: Moment | undefined): Moment['statuses'] {
    const unsure = this.#status.unsure()
    if (unsure.size === 0) return newest
    const previous = (key: ResourceKey) => before?.statuses.get(key) ?? this.#heldOf(key)
    return new Map([...newest, ...Array.from(unsure, key => [key, previous(key)] as const)])
  }

  #heldOf(key: ResourceKey): ReportedStatus {
    return { conditions: conditionsHeld(this.#options.live(key)?.status) }
  }

  /** The statuses that the API server holds: those that the last leader wrote. */
  #held(statuses: Moment['statuses']): Moment['statuses'] {
    return new Map(Array.from(statuses.keys(), key => [key, this.#heldOf(key)]))
  }

  #uidOf(about: Occurrence['about']): string | undefined {
    const [kind, namespace, name] = about.split('/')
    if (kind === 'Pod') return this.#latest?.snapshot?.pods.get(`${namespace}/${name}`)?.metadata.uid
    return this.#options.live(about as ResourceKey)?.uid
  }
}
