/**
 * The status of a resource as an API server holds it: what is to be applied so that it says what is known now, or that
 * it does so already. Pure; between `statuses` and whoever writes.
 */
import { isDeepStrictEqual } from 'node:util'
import { isRecord } from '@l7mesh/crds'
import type { ToldStatus } from '../events.ts'
import type { ResourceCondition, ResourceStatus } from '../status.ts'

/** The fields of a status that are ours, and no others. */
export type AppliedStatus = {
  readonly observedGeneration: number
  readonly conditions: readonly AppliedCondition[]
  readonly proxies: ResourceStatus['proxies']
  readonly endpoints: ResourceStatus['endpoints']
}
export type AppliedCondition = ResourceCondition & {
  readonly observedGeneration: number
  /** Since when `status` is what it is. */
  readonly lastTransitionTime: string
}

/** undefined where `held`, the `status` of the live object, says all this already. */
export function statusToApply(wanted: ResourceStatus, held: unknown, now: Date): AppliedStatus | undefined {
  const live = isRecord(held) ? held : {}
  const before = conditionsIn(live)
  const { observedGeneration: inForce, proxies, endpoints } = wanted
  const newest = wanted.refusedGeneration ?? inForce
  const conditions = wanted.conditions.map(({ type, status, reason, message }) => {
    const observedGeneration = type === 'Accepted' ? newest : inForce
    const was = before.get(type)
    const since = was?.status === status ? was.lastTransitionTime : undefined
    const lastTransitionTime = typeof since === 'string' ? since : timeOf(now)
    return { type, status, reason, message, observedGeneration, lastTransitionTime }
  })
  const isSame =
    live.observedGeneration === newest &&
    isDeepStrictEqual(live.proxies, proxies) &&
    isDeepStrictEqual(live.endpoints, endpoints) &&
    conditions.every(condition => isDeepStrictEqual(condition, before.get(condition.type)))
  return isSame ? undefined : { observedGeneration: newest, conditions, proxies, endpoints }
}

/** By type. */
function conditionsIn({
  conditions,
}: Readonly<Record<string, unknown>>): ReadonlyMap<unknown, Record<string, unknown>> {
  const found = Array.isArray(conditions) ? conditions.filter(isRecord) : []
  return new Map(found.map(condition => [condition.type, condition]))
}

/** What the conditions of a live object say, as far as they are any. */
export function conditionsHeld(status: unknown): ToldStatus['conditions'] {
  const held = isRecord(status) ? [...conditionsIn(status).values()] : []
  return held.map(({ type, reason, message }) => ({ type: `${type}`, reason: `${reason}`, message: `${message}` }))
}

/** Kubernetes keeps times to the second. */
function timeOf(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}
