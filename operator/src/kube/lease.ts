/**
 * Leader election on a Lease of the API server: of all operators of a mesh, one may write. Whoever leads knows by its own
 * clock until when: a renewal counts from the moment at which it was sent, and for less time than others wait before they
 * take over. So a leader that is cut off, or was asleep, has stopped before another begins, whatever the network does.
 */
import { type Clock, Waker } from '../clock.ts'

/** A Lease as it was read or written. */
export type Lease = {
  /** The resourceVersion: changes with every write. */
  readonly version: string
  /** Empty where it was released. */
  readonly holder: string
  /** How long others wait after they have seen a change, in milliseconds. */
  readonly duration: number
  /** How often the holder changed. */
  readonly transitions: number
  /** Since when its holder has it, as the holder's clock said. */
  readonly acquiredAt: string | undefined
  /** What stands in it besides: labels and the like, of whoever made it. */
  readonly metadata: Readonly<Record<string, unknown>>
}
/** `acquiredAt` is undefined where the holder is a new one. */
export type LeaseDraft = Omit<Lease, 'version'>

/** Rejects where the API server does not answer, or not with a yes or no. */
export type LeaseStore = {
  /** undefined where there is none. */
  read(signal: AbortSignal): Promise<Lease | undefined>
  /** Writes only where the Lease still has this version; `undefined`: where there is none. */
  write(draft: LeaseDraft, version: string | undefined, signal: AbortSignal): Promise<Lease | 'conflict'>
}

/** In milliseconds. A clock may run by so much too fast or too slow that `renewDeadline` still ends before `duration`. */
export type LeaseTimes = {
  /** How long others wait for a sign of life. */
  readonly duration: number
  /** How long a leader goes on after the last renewal that succeeded. */
  readonly renewDeadline: number
  /** How often a leader renews. A standby looks four times as often. */
  readonly renewEvery: number
}

export type ElectorOptions = {
  readonly store: LeaseStore
  /** Unlike that of any other process, also of one that ran in the same pod before. */
  readonly identity: string
  readonly times: LeaseTimes
  /** One that only goes forward, and goes on while the process is stopped. */
  readonly clock: Clock
  /** From 0 to 1: keeps two that met from meeting again. */
  readonly fraction: () => number
  /** Called when this process begins or ceases to lead, or another one does. */
  readonly onChange: () => void
  /** Called when the API server was asked in vain. */
  readonly onFailure: (error: unknown) => void
}

export class Elector {
  readonly #options: ElectorOptions
  /** What was last seen, and since when it has not changed. */
  #seen: { readonly lease: Lease | undefined; readonly since: number } | undefined
  #hasSeenOne = false
  /** What was seen is our own last write. */
  #isOwnWrite = false
  #isLeading = false
  #until = LONG_AGO
  /** A Lease that we made where there was none counts only from here: an earlier one may have had a leader. */
  #countsFrom = LONG_AGO
  #contact: number | undefined
  #callOffExpiry = () => {}

  constructor(options: ElectorOptions) {
    this.#options = options
  }

  /** Whether this process leads at this very moment. To be asked right before each write. */
  mayWrite(): boolean {
    return this.#isLeading && this.#options.clock.now() < this.#until
  }

  /** Who leads as far as is known; undefined where nobody does. */
  get holder(): string | undefined {
    return this.#seen?.lease?.holder || undefined
  }

  /** How long ago the API server last answered, in milliseconds; undefined before it has. */
  get leaseAge(): number | undefined {
    return this.#contact === undefined ? undefined : this.#options.clock.now() - this.#contact
  }

  /** Runs until the signal aborts, then releases the Lease: whatever wrote must have ended by then. */
  async run(signal: AbortSignal): Promise<void> {
    const waker = new Waker(this.#options.clock, signal)
    while (!signal.aborted) await waker.wait(await this.#step(signal))
    this.#cease()
    if (this.#countsFrom < this.#options.clock.now()) await this.#release().catch(this.#options.onFailure)
  }

  /** Renews, takes over or looks. Returns how long to wait, in milliseconds. */
  async #step(signal: AbortSignal): Promise<number> {
    const { times, clock, fraction, identity, onFailure } = this.#options
    try {
      const lease = this.#isOwnWrite ? this.#seen?.lease : this.#see(await this.#bounded(signal, this.#read))
      if (lease && lease.holder !== identity) this.#cease()
      const left = this.#freeAt(lease) - clock.now()
      if (left > 0) return Math.min(left, times.renewEvery / 4)
      if (await this.#take(lease, signal)) return this.#untilRenewal()
      return CONFLICT_PAUSE * fraction()
    } catch (error) {
      this.#isOwnWrite = false
      if (!signal.aborted) onFailure(error)
      return (times.renewEvery / 4) * (0.5 + fraction() / 2)
    }
  }

  /** Writes our name into the Lease. Gives false where somebody else was faster. */
  async #take(lease: Lease | undefined, signal: AbortSignal): Promise<boolean> {
    const { store, clock } = this.#options
    const draft = this.#draft(lease)
    if (!lease) this.#countsFrom = UNKNOWN
    else if (lease.holder !== this.#options.identity) this.#countsFrom = LONG_AGO
    const sent = clock.now()
    const written = await this.#bounded(signal, bound => store.write(draft, lease?.version, bound))
    this.#contact = clock.now()
    this.#isOwnWrite = written !== 'conflict'
    if (written === 'conflict') return false
    this.#see(written)
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

  #see(lease: Lease | undefined): Lease | undefined {
    const { clock, identity, times, onChange } = this.#options
    const before = this.#seen
    const isSame = before !== undefined && before.lease?.version === lease?.version
    if (!isSame) this.#seen = { lease, since: clock.now() }
    if (lease) this.#hasSeenOne = true
    // We made it where there was none, at some time before now: in our own term, or as the first of a new one.
    if (this.#countsFrom === UNKNOWN && lease?.holder === identity)
      this.#countsFrom = this.mayWrite() ? LONG_AGO : clock.now() + times.duration
    if (before?.lease?.holder !== lease?.holder) onChange()
    return lease
  }

  /** From when on this process may write its name into the Lease. */
  #freeAt(lease: Lease | undefined): number {
    const { identity, times } = this.#options
    const since = this.#seen?.since ?? Number.POSITIVE_INFINITY
    if (lease) return lease.holder === identity || lease.holder === '' ? LONG_AGO : since + lease.duration
    // Where it was deleted, whoever leads puts it back with the next renewal and goes on leading.
    return this.#hasSeenOne && !this.#isLeading ? since + 2 * times.renewEvery : LONG_AGO
  }

  #untilRenewal(): number {
    const { times, clock, fraction } = this.#options
    const regular = times.renewEvery * (0.9 + fraction() / 10)
    const left = this.#countsFrom - clock.now()
    return left > 0 ? Math.min(left, regular) : regular
  }

  #lead(until: number): void {
    const { clock, onChange } = this.#options
    const isNews = !this.#isLeading
    this.#isLeading = true
    this.#until = until
    this.#callOffExpiry()
    this.#callOffExpiry = clock.after(until - clock.now(), () => this.#cease())
    if (isNews) onChange()
  }

  #cease(): void {
    this.#callOffExpiry()
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

  /** Two tries fit before a leader must give up. */
  async #bounded<T>(signal: AbortSignal, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock, times } = this.#options
    const late = new AbortController()
    const callOff = clock.after(times.renewDeadline * REQUEST_SHARE, () => late.abort(new LeaseTimeout()))
    try {
      return await ask(AbortSignal.any([signal, late.signal]))
    } finally {
      callOff()
    }
  }
}

/** In milliseconds. */
const CONFLICT_PAUSE = 100

/** Of the time that a leader has: what one request to the API server may take. */
const REQUEST_SHARE = 0.3

const LONG_AGO = Number.NEGATIVE_INFINITY

/** Some time that is still to be found out. */
const UNKNOWN = Number.POSITIVE_INFINITY

class LeaseTimeout extends Error {
  override readonly name = 'LeaseTimeout'
  constructor() {
    super('the API server did not answer in time')
  }
}
