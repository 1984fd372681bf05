/** Runs one independent worker for each proxy of the desired fleet. */
import { type Compare, copy, createCompare } from '@l7mesh/proxy-client'
import type { DesiredFleet, DesiredProxy } from '../translate/desired.ts'
import { AuditBudget } from './audit-budget.ts'
import { type ProxyAccess, ProxyGoneError, type ProxyHandle, type ProxyReader, type ProxyWork } from './proxy-access.ts'
import { Slots } from './slots.ts'
import { NO_PROXIES, type PhaseCounts, type ProxyState } from './state.ts'
import { createLeftAddresses } from './stranded.ts'
import { Worker, type WorkerOptions } from './worker.ts'

export type FleetOptions = Omit<WorkerOptions, 'compare' | 'leftAddresses' | 'fullReads' | 'audits'> & {
  /** Interval of audits, which read the whole proxy to detect drift, in milliseconds. Default: 60,000. */
  readonly audit?: number
  /** CPU time of this process so far, in milliseconds. Default: audits are not limited. */
  readonly cpu?: () => number
  /** Default: a new one. */
  readonly compare?: Compare
}

/** Each full read of a large proxy takes megabytes while it runs. */
const FULL_READS_AT_ONCE = 8
/** A full read takes some milliseconds; one that takes longer waits for its proxy. In milliseconds. */
const LONG_READ = 500

/** Between two notifications, in milliseconds for each proxy: what follows one takes longer where there are many. */
const PAUSE = 0.05

export class Fleet implements ProxyAccess {
  readonly #options: WorkerOptions
  readonly #workers = new Map<string, { readonly worker: Worker; readonly ended: Promise<void> }>()
  readonly #ending = new Set<Promise<void>>()
  #states: ReadonlyMap<string, ProxyState> = new Map()
  readonly #phases = { ...NO_PROXIES }
  /** Proxies whose state in `#states` is not the latest, and whether they are new. */
  readonly #changed = new Map<string, boolean>()
  #notifiedAt = Number.NEGATIVE_INFINITY
  /** Calls off the next notification; undefined if none is due. */
  #callOff: (() => void) | undefined

  constructor({ audit = 60_000, cpu = () => 0, ...options }: FleetOptions) {
    this.#options = {
      compare: createCompare(),
      ...options,
      audits: new AuditBudget({ cpu, proxies: () => this.#workers.size, interval: audit }),
      leftAddresses: createLeftAddresses(),
      fullReads: new Slots({ count: FULL_READS_AT_ONCE, longest: LONG_READ, clock: options.clock }),
    }
  }

  /** Sets the desired fleet; the last call wins. */
  want({ proxies }: DesiredFleet): void {
    for (const [key, { worker }] of this.#workers) {
      const desired = proxies.get(key)
      if (!desired || !isSameProxy(desired, worker.state.desired)) this.#end(key)
    }
    for (const [key, desired] of proxies) {
      const held = this.#workers.get(key)
      if (held) held.worker.want(desired)
      else this.#begin(key, desired)
    }
  }

  /** Pods were created or deleted. */
  podsChanged(): void {
    for (const { worker } of this.#workers.values()) worker.podsChanged()
  }

  /** In the order in which proxies were added. The same map until a state changes. */
  states(): ReadonlyMap<string, ProxyState> {
    this.#update()
    return this.#states
  }

  phases(): PhaseCounts {
    this.#update()
    return { ...this.#phases }
  }

  #update(): void {
    if (this.#changed.size === 0) return
    const states = copy(this.#states)
    for (const [key, isNew] of this.#changed) {
      const [before, now] = [states.get(key), this.#workers.get(key)?.worker.state]
      if (before) this.#phases[before.phase] -= 1
      if (now) this.#phases[now.phase] += 1
      // A new proxy is last, even if it replaces one of the same name.
      if (isNew || !now) states.delete(key)
      if (now) states.set(key, now)
    }
    this.#changed.clear()
    this.#states = states
  }

  async withProxy<T>(key: string, work: ProxyWork<ProxyHandle, T>): Promise<T> {
    return this.#workerOf(key).turns.exclusive(work)
  }

  async readProxy<T>(key: string, work: ProxyWork<ProxyReader, T>): Promise<T> {
    return this.#workerOf(key).turns.shared(work)
  }

  #workerOf(key: string): Worker {
    const held = this.#workers.get(key)
    if (!held) throw new ProxyGoneError(key)
    return held.worker
  }

  /** Closes all connections; the proxies keep their configs. */
  async stop(): Promise<void> {
    for (const key of [...this.#workers.keys()]) this.#end(key)
    await Promise.all(this.#ending)
    this.#callOff?.()
  }

  #begin(key: string, desired: DesiredProxy): void {
    const onChange = () => {
      if (!this.#changed.has(key)) this.#changed.set(key, false)
      this.#notify()
    }
    const worker = new Worker(desired, { ...this.#options, onChange })
    this.#options.telemetry?.({ type: 'proxy-added', proxy: key })
    this.#workers.set(key, { worker, ended: worker.run() })
    this.#changed.delete(key)
    this.#changed.set(key, true)
  }

  /** At once, unless it did so a moment ago: where a thousand proxies change, they are not reported one by one. */
  #notify(): void {
    if (this.#callOff) return
    const { clock, onChange } = this.#options
    const wait = this.#notifiedAt + PAUSE * this.#workers.size - clock.now()
    const notify = () => {
      this.#callOff = undefined
      this.#notifiedAt = clock.now()
      onChange()
    }
    if (wait <= 1) notify()
    else this.#callOff = clock.after(wait, notify)
  }

  #end(key: string): void {
    const held = this.#workers.get(key)
    if (!held) return
    this.#workers.delete(key)
    this.#changed.set(key, false)
    this.#options.telemetry?.({ type: 'proxy-removed', proxy: key })
    held.worker.stop()
    this.#ending.add(held.ended)
    void held.ended.finally(() => this.#ending.delete(held.ended))
  }
}

/** A pod that was recreated under the same name has another uid, and an empty proxy. */
function isSameProxy({ proxy: a }: DesiredProxy, { proxy: b }: DesiredProxy): boolean {
  return a.uid === b.uid && a.address === b.address && a.port === b.port
}
