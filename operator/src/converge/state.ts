/** The observed state of one proxy: read from the proxy or from the outcome of a call. */
import { isDeepStrictEqual } from 'node:util'
import { type Config, ExtendedMap, type ObjectKey, type ProxyError, type ProxyErrorCode } from '@l7mesh/proxy-client'
import type { DesiredProxy } from '../translate/desired.ts'

/** Why a proxy lacks an object. */
export type Failure = {
  readonly code: ProxyErrorCode | 'no-effect' | 'deadly'
  readonly message: string
  /** Consecutive failed rounds. */
  readonly attempts: number
}

/** The last run that changed something. */
export type Run = {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Milliseconds from the observation of the change until it was read back. */
  readonly took: number
  readonly calls: number
  /** `change`: the desired config or the proxy changed; `drift`: others had changed objects of l7mesh. */
  readonly cause: 'change' | 'drift'
}

export type ProxyState = {
  readonly desired: DesiredProxy
  readonly phase: 'unknown' | 'converging' | 'converged' | 'failing' | 'unreachable'
  /** The config that was last read; undefined if none was read yet or it is no longer reliable. */
  readonly live: Config | undefined
  /** The desired objects that the proxy rejects, by key. */
  readonly failures: ReadonlyMap<ObjectKey, Failure>
  /** Why the proxy as a whole cannot be reconciled. */
  readonly error: ProxyError | undefined
  /** Listeners whose predecessor's sessions ended: of WebSocket, or of a UDP singleton. */
  readonly endedSessions: ReadonlySet<string>
  /** Number of UDP sessions that stay on deleted pods, by the resource of their listener. */
  readonly strandedSessions: ReadonlyMap<string, number>
  readonly lastRun: Run | undefined
}

/** The number of proxies in each phase. */
export type PhaseCounts = Readonly<Record<ProxyState['phase'], number>>
export const NO_PROXIES: PhaseCounts = { unknown: 0, converging: 0, converged: 0, failing: 0, unreachable: 0 }

export function initialState(desired: DesiredProxy): ProxyState {
  return {
    desired,
    phase: 'unknown',
    live: undefined,
    failures: new Map(),
    error: undefined,
    endedSessions: new Set(),
    strandedSessions: new Map(),
    lastRun: undefined,
  }
}

export const DEADLY_FAILURE: Failure = {
  code: 'deadly',
  message: 'The proxy crashed twice while applying this object; it is not applied again until it changes',
  attempts: 2,
}

/** Whether the change alters the state. Configs are compared by the identity of their maps. */
export function differs(state: ProxyState, change: Partial<ProxyState>): boolean {
  const { live, desired, error, ...others } = change
  if ('live' in change && !hasSameMaps(state.live, live)) return true
  if ('desired' in change && state.desired !== desired) return true
  if ('error' in change && state.error !== error) return true
  const keys = Object.keys(others) as (keyof typeof others)[]
  return keys.some(key => !isDeepStrictEqual(state[key], others[key]))
}

/** The previous config, if the new one is equal. */
export function unlessSame(before: Config | undefined, now: Config | undefined): Config | undefined {
  return hasSameMaps(before, now) ? before : now
}

function hasSameMaps(a: Config | undefined, b: Config | undefined): boolean {
  if (!a || !b) return a === b
  return (
    a.clusters === b.clusters &&
    a.routes === b.routes &&
    a.rules === b.rules &&
    isSameMap(a.rulelists, b.rulelists) &&
    a.listeners === b.listeners
  )
}

/** Proxies share all maps except that with their marker. */
function isSameMap<V>(a: ReadonlyMap<string, V>, b: ReadonlyMap<string, V>): boolean {
  if (a === b) return true
  if (!(a instanceof ExtendedMap && b instanceof ExtendedMap)) return false
  return a.base === b.base && a.key === b.key && isDeepStrictEqual(a.value, b.value)
}
