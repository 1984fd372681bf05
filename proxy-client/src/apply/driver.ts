/**
 * The one thing between plans and a proxy. Another kind of proxy, such as one that takes a whole config in a single
 * request, is another driver: planning, rounds and workers stay as they are.
 *
 * Whatever goes wrong is a ProxyError, so that a driver maps the errors of its proxy to that closed set of codes.
 */
import type { ProxyError, ProxyErrorCode } from '../errors.ts'
import type { Config, Session } from '../model.ts'
import type { Plan } from '../plan/call.ts'
import type { Compare } from '../plan/compare.ts'
import type { Execution } from './outcome.ts'

export type Driver = {
  /** The part of a desired config that this proxy supports. `live`: what was last read from it. Pure. */
  adapt(desired: Config, live: Config, compare: Compare): Config
  /** The steps from `live` to `desired`; none where the proxy is in sync. Pure. */
  plan(input: PlanRequest): Plan
  /** Everything that the proxy holds, in normal form. Rejects with a ProxyError. */
  read(options?: ReadOptions): Promise<Config>
  /**
   * Carries out a plan, in as few requests as the proxy allows, and says what became of each step. Never rejects with a
   * ProxyError: failures are part of the result.
   */
  apply(plan: Plan, input: ApplyInput): Promise<Applied>
  /**
   * Whether the proxy still is the process that `live` was read from: a process that restarts loses its config. Cheap
   * enough to be asked every few seconds. Rejects with a ProxyError.
   */
  isSameProcess(live: Config, signal?: AbortSignal): Promise<boolean>
  /** All sessions, also of listeners that l7mesh did not create. Rejects with a ProxyError. */
  sessions(signal?: AbortSignal): Promise<readonly Session[]>
  /** Rejects with a ProxyError: `not-found` where it has ended, `not-sent` where the proxy would not survive that. */
  endSession(name: string, signal?: AbortSignal): Promise<void>
  /** Calls back when a connection breaks: the proxy may have died. A hint to look again, and nothing more. */
  onDisconnect(callback: () => void): void
  /** Whether `onDisconnect` would call back within seconds if the proxy's process ended now. */
  isWatching(): boolean
  /** Calls back after each request, for telemetry. */
  onRequest(callback: (report: RequestReport) => void): void
  /** Aborts what is under way and closes the connection. The proxy keeps its config. */
  close(): Promise<void>
}

export type PlanRequest = {
  readonly live: Config
  readonly desired: Config
  readonly compare: Compare
  /** An id for this filling of the proxy, for drivers that recognise a restart by a marker. Default: no marker. */
  readonly filling?: string
}

/** The config whose objects are used in place of equal ones that are read. */
export type InternPool = { readonly desired: Config; readonly compare: Compare }

export type ReadOptions = {
  /** Default: every object is a new one. */
  readonly pool?: InternPool
  readonly signal?: AbortSignal
}

export type ApplyInput = {
  /** What was read before the plan was made. */
  readonly live: Config
  /** What the plan leads to. */
  readonly desired: Config
  readonly compare: Compare
  /** One request per object, so that it shows which one crashes a proxy. Default: false */
  readonly oneByOne?: boolean
  /** Aborts reading back. A step that was begun is completed. */
  readonly signal?: AbortSignal
}

/** What became of each step, and what the proxy holds now, as read from it; or why it could not be read. */
export type Applied = Pick<Execution, 'outcomes'> &
  ({ readonly stopped: undefined; readonly live: Config } | { readonly stopped: ProxyError; readonly live: undefined })

/** One request to the REST API of a proxy. */
export type RequestReport = {
  readonly method: string
  /** The collection that it is about: `clusters`. */
  readonly collection: string
  /** Milliseconds from sending it to its response. */
  readonly took: number
  readonly outcome: 'ok' | ProxyErrorCode
}
