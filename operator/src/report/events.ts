/**
 * Occurrences that are reported as events, found by comparing two consecutive moments. Pure; the writer decides how often
 * an event is written.
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
  readonly statuses: ReadonlyMap<ResourceKey, ToldStatus>
  readonly proxies: ReadonlyMap<string, ProxyMoment>
  readonly fillings: Fillings
}
export type ProxyMoment = Pick<ProxyState, 'desired' | 'live' | 'error' | 'lastRun'>

/** The last reported status of a resource: a ResourceStatus, or what the API server holds. */
export type ToldStatus = { readonly conditions: readonly ToldCondition[] }
type ToldCondition = { readonly type: string; readonly reason: string; readonly message: string }

/** By proxy, the id of its last known filling: another one in the same pod means that it restarted empty. */
export type Fillings = ReadonlyMap<string, { readonly uid: string; readonly id: string }>

/**
 * `isThere`: whether the pod still exists: while its proxy restarts, it is not ready, and so not among the proxies. Returns
 * the same map if nothing changed.
 */
export function fillingsNow(
  before: Fillings,
  proxies: ReadonlyMap<string, ProxyMoment>,
  isThere: (key: string) => boolean,
): Fillings {
  const gone = new Set(before.keys().filter(key => !isThere(key)))
  const seen: [string, { readonly uid: string; readonly id: string }][] = []
  for (const [key, { desired, live }] of proxies) {
    const id = live?.rulelists.get(MARKER)?.rules[0]
    if (id === undefined) continue
    const [known, { uid }] = [before.get(key), desired.proxy]
    if (known?.id !== id || known.uid !== uid || gone.has(key)) seen.push([key, { uid, id }])
  }
  if (gone.size + seen.length === 0) return before
  return new Map([...[...before].filter(([key]) => !gone.has(key)), ...seen])
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
  return `${EVENT_REASONS[reason].meaning} Calls that it took: ${calls}.`
}

function* ofResource(about: ResourceKey, was: ToldStatus | undefined, is: ToldStatus): Generator<Occurrence> {
  for (const { type, reason, message } of is.conditions) {
    if (!isTold(reason)) continue
    const before = was?.conditions.find(condition => condition.type === type)
    if (before?.reason === reason && before.message === message) continue
    if (reason === 'EndpointsReady' && !isRecovery(before)) continue
    yield { reason, about, note: message }
  }
}

/** A recovery is reported only after a warning. */
function isRecovery(before: ToldCondition | undefined): boolean {
  return before !== undefined && isTold(before.reason) && EVENT_REASONS[before.reason].type === 'Warning'
}

function isTold(reason: string): reason is EventReason {
  return Object.hasOwn(EVENT_REASONS, reason) && EVENT_REASONS[reason as EventReason].about === 'resource'
}
