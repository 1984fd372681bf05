/**
 * Writes occurrences as events (events.k8s.io/v1). Repeated occurrences on the same object are one event with a series,
 * written once a minute at most; what could not be written in time is dropped. So however much happens, the API server gets
 * few writes.
 */
import { createHash } from 'node:crypto'
import type { Clock } from '../../clock.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import { KubeError, type KubeErrorCode } from '../../kube/kube-error.ts'
import { MESH_VERSION } from '../../sources/manifest.ts'
import { EVENT_REASONS } from '../event-reasons.ts'
import type { Occurrence } from '../events.ts'
import { Outbox, type OutboxOptions, type PendingWrite } from './outbox.ts'

export type EventWriterOptions = Pick<OutboxOptions, 'mayWrite' | 'fraction' | 'onFailure'> & {
  readonly client: KubeClient
  readonly clock: Clock
  /** Writes per second, on average. */
  readonly rate: number
  /** The name of this process: that of its pod. */
  readonly instance: string
}

/** The uid of an object; undefined if it is not known. */
export type UidOf = (about: Occurrence['about']) => string | undefined

/** In milliseconds. */
const TIMES = {
  /** Between two writes of one series. */
  quiet: 60_000,
  /** After so long without a repetition the next one is a new event. */
  over: 600_000,
  /** What waits longer is dropped. */
  stale: 60_000,
}
/** Most series at one time; further ones are dropped. */
const MOST_SERIES = 1000

/** The burst. */
const BURST = 25

/** Repeated occurrences of one reason on one object. */
type Series = {
  readonly occurrence: Occurrence
  readonly uid: string | undefined
  readonly name: string
  readonly first: number
  readonly last: number
  readonly count: number
  /** How many of them were written, and when. */
  readonly written: number
  readonly writtenAt: number
}

export class EventWriter {
  readonly #options: EventWriterOptions
  readonly #outbox: Outbox
  readonly #series = new Map<string, Series>()

  constructor(options: EventWriterOptions) {
    this.#options = options
    this.#outbox = new Outbox({ ...options, burst: BURST })
  }

  /** Adds new occurrences. Returns after how many milliseconds to call it again, even without changes. */
  write(occurrences: readonly Occurrence[], uidOf: UidOf): number {
    const now = this.#options.clock.now()
    for (const [key, { last, written }] of this.#series)
      if (now - last > (written === 0 ? TIMES.stale : TIMES.over)) this.#series.delete(key)
    for (const occurrence of occurrences) this.#count(occurrence, uidOf(occurrence.about), now)
    return this.#post(now)
  }

  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void> {
    return this.#outbox.run(signal)
  }

  #count(occurrence: Occurrence, uid: string | undefined, now: number): void {
    const key = `${occurrence.reason} ${occurrence.about} ${uid}`
    const series = this.#series.get(key)
    if (series) this.#series.set(key, { ...series, count: series.count + 1, last: now })
    else if (this.#series.size < MOST_SERIES) {
      const [, , name = ''] = occurrence.about.split('/')
      const id = createHash('sha256').update(`${key} ${now} ${this.#options.instance}`).digest('hex').slice(0, 16)
      const fresh = { first: now, last: now, count: 1, written: 0, writtenAt: Number.NEGATIVE_INFINITY }
      this.#series.set(key, { occurrence, uid, name: `${name.slice(0, 200)}.${id}`, ...fresh })
    }
  }

  #post(now: number): number {
    const writes: PendingWrite[] = []
    let again = Number.POSITIVE_INFINITY
    for (const [key, series] of this.#series) {
      if (series.count === series.written) continue
      const left = series.writtenAt + TIMES.quiet - now
      if (left > 0) again = Math.min(again, left)
      else writes.push({ key, send: signal => this.#send(key, signal) })
      if (series.written === 0) again = Math.min(again, series.last + TIMES.stale + 1 - now)
    }
    this.#outbox.want(writes)
    return again
  }

  async #send(key: string, signal: AbortSignal): Promise<void> {
    const series = this.#series.get(key)
    if (!series) return
    const { written, writtenAt } = series
    const events = `/apis/events.k8s.io/v1/namespaces/${series.occurrence.about.split('/')[1]}/events`
    this.#note(key, { writtenAt: this.#options.clock.now() })
    try {
      await (written === 0
        ? this.#create(events, series, signal)
        : this.#repeat(`${events}/${series.name}`, series, signal))
    } catch (error) {
      if (!(error instanceof KubeError && NOT_RETRIED.has(error.code))) {
        this.#note(key, { writtenAt })
        throw error
      }
      if (error.code === 'forbidden') this.#options.onFailure(error, key)
    }
    this.#note(key, { written: series.count })
  }

  #note(key: string, change: Pick<Series, 'written'> | Pick<Series, 'writtenAt'>): void {
    const series = this.#series.get(key)
    if (series) this.#series.set(key, { ...series, ...change })
  }

  async #repeat(path: string, { count, last }: Series, signal: AbortSignal): Promise<void> {
    const body = { series: { count, lastObservedTime: microTime(last) } }
    const contentType = 'application/merge-patch+json'
    const { client, mayWrite } = this.#options
    await client.request({ method: 'PATCH', path, body, contentType, signal, mayWrite })
  }

  async #create(
    path: string,
    { occurrence, uid, name, first, last, count }: Series,
    signal: AbortSignal,
  ): Promise<void> {
    const { reason, about, note } = occurrence
    const [kind, namespace, object] = about.split('/')
    const { type, action } = EVENT_REASONS[reason]
    const apiVersion = kind === 'Pod' ? 'v1' : MESH_VERSION
    const body = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name, namespace },
      eventTime: microTime(first),
      reportingController: 'l7mp.io/l7mesh',
      reportingInstance: this.#options.instance.slice(0, 128),
      regarding: { apiVersion, kind, namespace, name: object, ...(uid !== undefined && { uid }) },
      type,
      reason,
      action,
      note: note.slice(0, LONGEST_NOTE),
      ...(count > 1 && { series: { count, lastObservedTime: microTime(last) } }),
    }
    const { client, mayWrite } = this.#options
    await client.request({ method: 'POST', path, body, signal, mayWrite })
  }
}

/** Failures that are not retried: it was written before, does not exist any more, or its namespace forbids events. */
const NOT_RETRIED: ReadonlySet<KubeErrorCode> = new Set(['already-exists', 'not-found', 'forbidden'])

/** Of an event, in characters: the limit of the API is 1024. */
const LONGEST_NOTE = 1000

function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z')
}
