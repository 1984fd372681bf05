/**
 * Occurrences that are reported as events, computed from the difference of two consecutive moments. Pure; the writer limits
 * how often an event is written.
 */
import { MARKER } from '@l7mesh/proxy-client'
import type { ProxyState } from '../converge/state.ts'
import type { ResourceKey } from '../sources/snapshot.ts'
import { EVENT_REASONS, type EventReason } from './event-reasons.ts'

export type Occurrence = {
  readonly reason: EventReason
  readonly about: ResourceKey | PodKey
  readonly note: string
}
/** The pod of a proxy. */
export type PodKey = `Pod/${string}/${string}`

export type Moment = {
  readonly statuses: ReadonlyMap<ResourceKey, ReportedStatus>
  readonly proxies: ReadonlyMap<string, ProxyMoment>
  readonly fillings: Fillings
}
export type ProxyMoment = Pick<ProxyState, 'desired' | 'live' | 'error' | 'lastRun'>

/** The last reported status of a resource: a ResourceStatus, or what the API server holds. */
export type ReportedStatus = { readonly conditions: readonly ReportedCondition[] }
type ReportedCondition = { readonly type: string; readonly reason: string; readonly message: string }

/** By proxy, the id of its last known filling. If the id changes in the same pod, the proxy restarted empty. */
export type Fillings = ReadonlyMap<string, { readonly uid: string; readonly id: string }>

/**
 * `podExists`: while a proxy restarts, its pod exists but is not ready, so that `proxies` does not contain it. Returns the
 * same map if nothing changed.
 */
export function fillingsNow(
  before: Fillings,
  proxies: ReadonlyMap<string, ProxyMoment>,
  podExists: (key: string) => boolean,
): Fillings {
  const deleted = new Set(before.keys().filter(key => !podExists(key)))
  const seen: [string, { readonly uid: string; readonly id: string }][] = []
  for (const [key, { desired, live }] of proxies) {
    const id = live?.rulelists.get(MARKER)?.rules[0]
    if (id === undefined) continue
    const [known, { uid }] = [before.get(key), desired.proxy]
    if (known?.id !== id || known.uid !== uid || deleted.has(key)) seen.push([key, { uid, id }])
  }
  if (deleted.size + seen.length === 0) return before
  return new Map([...[...before].filter(([key]) => !deleted.has(key)), ...seen])
}

export function occurrences(before: Moment, after: Moment): readonly Occurrence[] {
  const found: Occurrence[] = []
  for (const [key, is] of after.proxies) {
    const was = before.proxies.get(key)
    if (was !== is) found.push(...ofProxy(key, was, is, isRefilled(key, before.fillings, after.fillings)))
  }
  for (const [key, is] of after.statuses) {
    const was = before.statuses.get(key)
    if (was !== is) found.push(...ofResource(key, was, is))
  }
  return found
}

function isRefilled(key: string, before: Fillings, after: Fillings): boolean {
  const [was, is] = [before.get(key), after.get(key)]
  return was !== undefined && is !== undefined && was.uid === is.uid && was.id !== is.id
}

function* ofProxy(
  key: string,
  was: ProxyMoment | undefined,
  { error, lastRun }: ProxyMoment,
  refilled: boolean,
): Generator<Occurrence> {
  const about: PodKey = `Pod/${key}` as PodKey
  const repaired = lastRun !== was?.lastRun && lastRun?.cause === 'drift'
  if (repaired) yield { reason: 'DriftRepaired', about, note: noteOf('DriftRepaired', lastRun.calls) }
  else if (refilled) yield { reason: 'ProxyRefilled', about, note: noteOf('ProxyRefilled', lastRun?.calls ?? 0) }
  if (!error || error.code === 'aborted' || error.code === was?.error?.code) return
  yield { reason: error.code === 'locked-out' ? 'ProxyLockedOut' : 'ProxyUnreachable', about, note: error.message }
}

function noteOf(reason: EventReason, calls: number): string {
  return `${EVENT_REASONS[reason].meaning} Calls: ${calls}.`
}

function* ofResource(about: ResourceKey, was: ReportedStatus | undefined, is: ReportedStatus): Generator<Occurrence> {
  for (const { type, reason, message } of is.conditions) {
    if (!isReported(reason)) continue
    const before = was?.conditions.find(condition => condition.type === type)
    if (before?.reason === reason && before.message === message) continue
    if (reason === 'EndpointsReady' && !isRecovery(before)) continue
    yield { reason, about, note: message }
  }
}

/** A recovery is reported only after a warning. */
function isRecovery(before: ReportedCondition | undefined): boolean {
  return before !== undefined && isReported(before.reason) && EVENT_REASONS[before.reason].type === 'Warning'
}

function isReported(reason: string): reason is EventReason {
  return Object.hasOwn(EVENT_REASONS, reason) && EVENT_REASONS[reason as EventReason].about === 'resource'
}
