/**
 * What a person must know of what has happened, found by comparing two consecutive reports. Pure; how often it is told is
 * decided by who writes.
 */
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
  readonly proxies: ReadonlyMap<string, Pick<ProxyState, 'error' | 'lastRun'>>
}

/** What was told of a resource: a ResourceStatus, or what the API server holds of one. */
export type ToldStatus = { readonly conditions: readonly ToldCondition[] }
type ToldCondition = { readonly type: string; readonly reason: string; readonly message: string }

export function occurrences(before: Moment, after: Moment): readonly Occurrence[] {
  const found: Occurrence[] = []
  for (const [key, is] of after.proxies) found.push(...ofProxy(key, before.proxies.get(key), is))
  for (const [key, is] of after.statuses) {
    const was = before.statuses.get(key)
    if (was !== is) found.push(...ofResource(key, was, is))
  }
  return found
}

function* ofProxy(
  key: string,
  was: Pick<ProxyState, 'error' | 'lastRun'> | undefined,
  { error, lastRun }: Pick<ProxyState, 'error' | 'lastRun'>,
): Generator<Occurrence> {
  const about: PodKey = `Pod/${key}` as PodKey
  if (lastRun && lastRun !== was?.lastRun && lastRun.cause !== 'change') {
    const reason = lastRun.cause === 'refill' ? 'ProxyRefilled' : 'DriftRepaired'
    yield { reason, about, note: `${EVENT_REASONS[reason].meaning} It took ${lastRun.calls} calls.` }
  }
  if (!error || error.code === 'aborted' || error.code === was?.error?.code) return
  yield { reason: error.code === 'locked-out' ? 'ProxyLockedOut' : 'ProxyUnreachable', about, note: error.message }
}

function* ofResource(about: ResourceKey, was: ToldStatus | undefined, is: ToldStatus): Generator<Occurrence> {
  for (const { type, reason, message } of is.conditions) {
    if (!isTold(reason)) continue
    const before = was?.conditions.find(condition => condition.type === type)
    if (before?.reason === reason && before.message === message) continue
    yield { reason, about, note: message }
  }
}

function isTold(reason: string): reason is EventReason {
  return Object.hasOwn(EVENT_REASONS, reason) && EVENT_REASONS[reason as EventReason].about === 'resource'
}
