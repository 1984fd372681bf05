/**
 * Leader election on a Lease of the API server: only one operator of a mesh writes at a time. The leader enforces the
 * expiry of its lease on its own clock: a renewal counts from the moment at which it was sent, and for less time than
 * the others wait before they take over. A leader that is disconnected or suspended has therefore stopped before
 * another one starts, whatever the network does.
 */
import { type Clock, Waker } from '../clock.ts'

/** A Lease as read or written. */
export type Lease = {
  /** The resourceVersion, which changes with every write. */
  readonly version: string
  /** Empty if the Lease was released. */
  readonly holder: string
  /** How long others wait after the last change that they observed, in milliseconds. */
  readonly duration: number
  /** How often the holder changed. */
  readonly transitions: number
  /** When the holder acquired the Lease, by the holder's clock. */
  readonly acquiredAt: string | undefined
  /** Metadata set by others, such as labels. */
  readonly metadata: Readonly<Record<string, unknown>>
}
/** `acquiredAt` is undefined for a new holder. */
export type LeaseDraft = Omit<Lease, 'version'>

/** Rejects if the API server does not respond, or responds with an unexpected error. */
export type LeaseStore = {
  /** Returns undefined if the Lease does not exist. */
  read(signal: AbortSignal): Promise<Lease | undefined>
  /** Writes only if the Lease still has this version; `undefined` means that it does not exist. */
  write(draft: LeaseDraft, version: string | undefined, signal: AbortSignal): Promise<Lease | 'conflict'>
}

/** In milliseconds. `renewDeadline` must expire before `duration` even if clocks run at slightly different rates. */
export type LeaseTimes = {
  /** How long others wait for a renewal before they take over. */
  readonly duration: number
  /** How long a leader continues after its last successful renewal. */
  readonly renewDeadline: number
  /** The interval of renewals. A standby reads the Lease four times as often. */
  readonly renewEvery: number
}

export type ElectorOptions = {
  readonly store: LeaseStore
  /** Unique to this process, even among processes that run in the same pod one after the other. */
  readonly identity: string
  readonly times: LeaseTimes
  /** A monotonic clock that continues while the process is suspended. */
  readonly clock: Clock
  /** A random number from 0 to 1: prevents two operators from colliding repeatedly. */
  readonly fraction: () => number
  /** Called when this process starts or stops leading, or when the holder changes. */
  readonly onChange: () => void
  /** Called when a request to the API server fails. */
  readonly onFailure: (error: unknown) => void
}

export class Elector {
  readonly #options: ElectorOptions
  /** The Lease last observed, and the time of its last change. */
  #observed: { readonly lease: Lease | undefined; readonly since: number } | undefined
  #hasObservedOne = false
  /** The Lease observed is the last write of this process. */
  #isOwnWrite = false
  #isLeading = false
  #until = LONG_AGO
  /**
   * A Lease created by this process grants leadership only from this time on: a deleted predecessor may have had a
   * leader.
   */
  #countsFrom = LONG_AGO
  #contact: number | undefined
  #cancelExpiry = () => {}

  constructor(options: ElectorOptions) {
    this.#options = options
  }

  /** Whether this process is the leader right now. To be checked right before each write. */
  mayWrite(): boolean {
    return this.#isLeading && this.#options.clock.now() < this.#until
  }

  /** The identity of the current leader, if known. */
  get holder(): string | undefined {
    return this.#observed?.lease?.holder || undefined
  }

  /** The time since the last response of the API server, in milliseconds; undefined before the first. */
  get leaseAge(): number | undefined {
    return this.#contact === undefined ? undefined : this.#options.clock.now() - this.#contact
  }

  /** Runs until the signal aborts, then releases the Lease. All writes must have ended by then. */
  async run(signal: AbortSignal): Promise<void> {
    const waker = new Waker(this.#options.clock, signal)
    while (!signal.aborted) await waker.wait(await this.#step(signal))
    this.#stopLeading()
    if (this.#countsFrom < this.#options.clock.now()) await this.#release().catch(this.#options.onFailure)
  }

  /** Renews, takes over or observes. Returns how long to wait, in milliseconds. */
  async #step(signal: AbortSignal): Promise<number> {
    const { times, clock, fraction, identity, onFailure } = this.#options
    try {
      const lease = this.#isOwnWrite ? this.#observed?.lease : this.#observe(await this.#bounded(signal, this.#read))
      if (lease && lease.holder !== identity) this.#stopLeading()
      const left = this.#availableFrom(lease) - clock.now()
      if (left > 0) return Math.min(left, times.renewEvery / 4)
      if (await this.#acquire(lease, signal)) return this.#untilRenewal()
      return CONFLICT_PAUSE * fraction()
    } catch (error) {
      this.#isOwnWrite = false
      if (!signal.aborted) onFailure(error)
      return (times.renewEvery / 4) * (0.5 + fraction() / 2)
    }
  }

  /** Writes the identity of this process into the Lease. Returns false if another process was faster. */
  async #acquire(lease: Lease | undefined, signal: AbortSignal): Promise<boolean> {
    const { store, clock } = this.#options
    const draft = this.#draft(lease)
    if (!lease) this.#countsFrom = UNKNOWN
    else if (lease.holder !== this.#options.identity) this.#countsFrom = LONG_AGO
    const sent = clock.now()
    const written = await this.#bounded(signal, bound => store.write(draft, lease?.version, bound))
    this.#contact = clock.now()
    this.#isOwnWrite = written !== 'conflict'
    if (written === 'conflict') return false
    this.#observe(written)
    if (sent >= this.#countsFrom) this.#lead(sent + this.#options.times.renewDeadline)
    return true
  }

  #draft(lease: Lease | undefined): LeaseDraft {
    const { identity, times } = this.#options
    const own = { holder: identity, duration: times.duration }
    if (!lease) return { ...own, transitions: 0, acquiredAt: undefined, metadata: {} }
    if (lease.holder === identity) return { ...lease, ...own }
    return { ...lease, ...own, transitions: lease.transitions + 1, acquiredAt: undefined }
  }

  readonly #read = async (signal: AbortSignal): Promise<Lease | undefined> => {
    const lease = await this.#options.store.read(signal)
    this.#contact = this.#options.clock.now()
    return lease
  }

  #observe(lease: Lease | undefined): Lease | undefined {
    const { clock, identity, times, onChange } = this.#options
    const before = this.#observed
    const isSame = before !== undefined && before.lease?.version === lease?.version
    if (!isSame) this.#observed = { lease, since: clock.now() }
    if (lease) this.#hasObservedOne = true
    // Created by this process at an unknown time before now: within its own term, or at the start of a new one.
    if (this.#countsFrom === UNKNOWN && lease?.holder === identity)
      this.#countsFrom = this.mayWrite() ? LONG_AGO : clock.now() + times.duration
    if (before?.lease?.holder !== lease?.holder) onChange()
    return lease
  }

  /** The time from which this process may acquire the Lease. */
  #availableFrom(lease: Lease | undefined): number {
    const { identity, times } = this.#options
    const since = this.#observed?.since ?? Number.POSITIVE_INFINITY
    if (lease) return lease.holder === identity || lease.holder === '' ? LONG_AGO : since + lease.duration
    // If the Lease was deleted, the leader recreates it with its next renewal and remains the leader.
    return this.#hasObservedOne && !this.#isLeading ? since + 2 * times.renewEvery : LONG_AGO
  }

  #untilRenewal(): number {
    const { times, clock, fraction } = this.#options
    const regular = times.renewEvery * (0.9 + fraction() / 10)
    const left = this.#countsFrom - clock.now()
    return left > 0 ? Math.min(left, regular) : regular
  }

  #lead(until: number): void {
    const { clock, onChange } = this.#options
    const isNew = !this.#isLeading
    this.#isLeading = true
    this.#until = until
    this.#cancelExpiry()
    this.#cancelExpiry = clock.after(until - clock.now(), () => this.#stopLeading())
    if (isNew) onChange()
  }

  #stopLeading(): void {
    this.#cancelExpiry()
    if (!this.#isLeading) return
    this.#isLeading = false
    this.#options.onChange()
  }

  async #release(): Promise<void> {
    const { store, identity } = this.#options
    const never = new AbortController().signal
    const lease = await this.#bounded(never, this.#read)
    if (lease?.holder !== identity) return
    const draft = { ...this.#draft(lease), holder: '' }
    await this.#bounded(never, bound => store.write(draft, lease.version, bound))
  }

  /** Limits a request such that two attempts fit before a leader must stop. */
  async #bounded<T>(signal: AbortSignal, request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock, times } = this.#options
    const late = new AbortController()
    const cancel = clock.after(times.renewDeadline * REQUEST_SHARE, () => late.abort(new LeaseTimeout()))
    try {
      return await request(AbortSignal.any([signal, late.signal]))
    } finally {
      cancel()
    }
  }
}

/** In milliseconds. */
const CONFLICT_PAUSE = 100

/** The share of `renewDeadline` that one request to the API server may take. */
const REQUEST_SHARE = 0.3

const LONG_AGO = Number.NEGATIVE_INFINITY

/** A time that is not known yet. */
const UNKNOWN = Number.POSITIVE_INFINITY

class LeaseTimeout extends Error {
  override readonly name = 'LeaseTimeout'
  constructor() {
    super('the API server did not respond in time')
  }
}
