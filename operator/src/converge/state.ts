/** What is known of one proxy, all of it read from the proxy or from the outcome of a call to it. */
import { isDeepStrictEqual } from 'node:util'
import { type Config, ExtendedMap, type ObjectKey, type ProxyError, type ProxyErrorCode } from '@l7mesh/proxy-client'
import type { DesiredProxy } from '../translate/desired.ts'

/** Why an object is not on a proxy. */
export type Failure = {
  readonly code: ProxyErrorCode | 'no-effect' | 'deadly'
  readonly message: string
  /** How many runs have failed at it in a row. */
  readonly attempts: number
}

/** The last run that changed something. */
export type Run = {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** From the moment the change was known to the moment it was read back, in milliseconds. */
  readonly took: number
  readonly calls: number
  /** What was wanted, or the proxy, was another one than before; or others had changed our objects. */
  readonly cause: 'change' | 'drift'
}

export type ProxyState = {
  readonly desired: DesiredProxy
  readonly phase: 'unknown' | 'converging' | 'converged' | 'failing' | 'unreachable'
  /** What the proxy held when it was last read; undefined while it has not been, or cannot be. */
  readonly live: Config | undefined
  /** The desired objects that the proxy does not take, by key. */
  readonly failures: ReadonlyMap<ObjectKey, Failure>
  /** What stands between us and the proxy as a whole. */
  readonly error: ProxyError | undefined
  /** Listeners whose predecessor took its sessions with it: of WebSocket, or of a UDP singleton. */
  readonly endedSessions: ReadonlySet<string>
  /** How many UDP sessions stay on pods that are gone, by the resource of their listener. */
  readonly strandedSessions: ReadonlyMap<string, number>
  readonly lastRun: Run | undefined
}

/** How many proxies are in each phase. */
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
  message: 'The proxy died twice when it was given this object; it is kept from it until the object changes',
  attempts: 2,
}

/** Whether a state would be another one after the change. Configs are compared by the identity of their maps. */
export function differs(state: ProxyState, change: Partial<ProxyState>): boolean {
  const { live, desired, error, ...others } = change
  if ('live' in change && !hasSameMaps(state.live, live)) return true
  if ('desired' in change && state.desired !== desired) return true
  if ('error' in change && state.error !== error) return true
  const keys = Object.keys(others) as (keyof typeof others)[]
  return keys.some(key => !isDeepStrictEqual(state[key], others[key]))
}

/** The config that was known before, if the new one holds the same. */
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

/** Proxies share all but their marker. */
function isSameMap<V>(a: ReadonlyMap<string, V>, b: ReadonlyMap<string, V>): boolean {
  if (a === b) return true
  if (!(a instanceof ExtendedMap && b instanceof ExtendedMap)) return false
  return a.base === b.base && a.key === b.key && isDeepStrictEqual(a.value, b.value)
}
