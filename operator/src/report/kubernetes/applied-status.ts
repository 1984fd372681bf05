/**
 * The status of a resource as it is applied to an API server, or that nothing has to be applied. Pure; between `statuses`
 * and the writer.
 */
import { isDeepStrictEqual } from 'node:util'
import { isRecord } from '@l7mesh/crds'
import type { ReportedStatus } from '../events.ts'
import type { ResourceCondition, ResourceStatus } from '../status.ts'

/** The fields of a status that l7mesh owns. */
export type AppliedStatus = {
  readonly observedGeneration: number
  readonly conditions: readonly AppliedCondition[]
  readonly proxies: ResourceStatus['proxies']
  readonly endpoints: ResourceStatus['endpoints']
}
export type AppliedCondition = ResourceCondition & {
  readonly observedGeneration: number
  /** When `status` last changed. */
  readonly lastTransitionTime: string
}

/** undefined if `held`, the `status` of the live object, equals it already. */
export function statusToApply(wanted: ResourceStatus, held: unknown, now: Date): AppliedStatus | undefined {
  const live = isRecord(held) ? held : {}
  const before = conditionsIn(live)
  const { observedGeneration: observed, proxies, endpoints } = wanted
  const newest = wanted.refusedGeneration ?? observed
  const conditions = wanted.conditions.map(({ type, status, reason, message }) => {
    const observedGeneration = type === 'Accepted' ? newest : observed
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

/** The conditions of a live object, as far as they are valid. */
export function conditionsHeld(status: unknown): ReportedStatus['conditions'] {
  const held = isRecord(status) ? [...conditionsIn(status).values()] : []
  return held.map(({ type, reason, message }) => ({ type: `${type}`, reason: `${reason}`, message: `${message}` }))
}

/** Kubernetes stores times in seconds. */
function timeOf(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}
