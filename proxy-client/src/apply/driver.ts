/**
 * The interface between plans and a proxy. Support for another kind of proxy, such as one that takes a whole config in one
 * request, is another driver; planning, rounds and workers do not change.
 *
 * All errors are ProxyErrors: a driver maps the errors of its proxy to that closed set of codes.
 */
import type { ProxyError, ProxyErrorCode } from '../errors.ts'
import type { Config, Session } from '../model.ts'
import type { Plan } from '../plan/call.ts'
import type { Compare } from '../plan/compare.ts'
import type { Execution } from './outcome.ts'

export type Driver = {
  /** The part of a desired config that this proxy supports. `live`: what was last read from it. Pure. */
  adapt(desired: Config, live: Config, compare: Compare): Config
  /** The steps from `live` to `desired`; none if the proxy is in sync. Pure. */
  plan(input: PlanRequest): Plan
  /** The live config of the proxy, in normal form. Rejects with a ProxyError. */
  read(options?: ReadOptions): Promise<Config>
  /**
   * Executes a plan, in as few requests as the proxy allows, and returns the outcome of each step. Never rejects with a
   * ProxyError: failures are part of the result.
   */
  apply(plan: Plan, input: ApplyInput): Promise<Applied>
  /**
   * Whether the proxy still is the process that `live` was read from: a process that restarts loses its config. Cheap
   * enough to be called every few seconds. Rejects with a ProxyError.
   */
  isSameProcess(live: Config, signal?: AbortSignal): Promise<boolean>
  /** All sessions, also of listeners that l7mesh did not create. Rejects with a ProxyError. */
  sessions(signal?: AbortSignal): Promise<readonly Session[]>
  /** Rejects with a ProxyError: `not-found` if it has ended, `not-sent` if that would crash the proxy. */
  endSession(name: string, signal?: AbortSignal): Promise<void>
  /** Calls back when a connection breaks: the proxy may have died, and should be probed. */
  onDisconnect(callback: () => void): void
  /** Whether `onDisconnect` would call back within seconds if the proxy's process ended now. */
  isWatching(): boolean
  /** Calls back after each request, for telemetry. */
  onRequest(callback: (report: RequestReport) => void): void
  /** Aborts running calls and closes the connection. The proxy keeps its config. */
  close(): Promise<void>
}

export type PlanRequest = {
  readonly live: Config
  readonly desired: Config
  readonly compare: Compare
  /** An id for this filling of the proxy, for drivers that detect a restart by a marker. Default: no marker. */
  readonly filling?: string
}

/** The config whose objects replace equal ones that are read. */
export type InternPool = { readonly desired: Config; readonly compare: Compare }

export type ReadOptions = {
  /** Default: every object is a new one. */
  readonly pool?: InternPool
  readonly signal?: AbortSignal
}

export type ApplyInput = {
  /** The live config from which the plan was made. */
  readonly live: Config
  /** The result of the plan. */
  readonly desired: Config
  readonly compare: Compare
  /** One request per object, which shows the object that crashes a proxy. Default: false */
  readonly oneByOne?: boolean
  /** Aborts reading back. A step that has begun is completed. */
  readonly signal?: AbortSignal
}

/** The outcome of each step, and the live config as read back, or why it could not be read. */
export type Applied = Pick<Execution, 'outcomes'> &
  ({ readonly stopped: undefined; readonly live: Config } | { readonly stopped: ProxyError; readonly live: undefined })

/** One request to the REST API of a proxy. */
export type RequestReport = {
  readonly method: string
  /** The collection: `clusters`. */
  readonly collection: string
  /** Milliseconds from the request to its response. */
  readonly took: number
  readonly outcome: 'ok' | ProxyErrorCode
}
