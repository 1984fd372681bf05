/** Computes the status of a pod for the API server, from the report of the pod runner. Pure. */
import type { PodCondition } from '../../../operator/src/kinds/core-types.ts'
import type { ReportedPod } from '../../../operator/src/local/pod/pod-status.ts'
import type { ApiPod } from './api.ts'

export type TimedCondition = PodCondition & { readonly lastTransitionTime: string }

export type PodStatus = Omit<ReportedPod['status'], 'conditions'> & {
  readonly hostIPs?: readonly { readonly ip: string }[]
  readonly startTime: string
  readonly conditions: readonly TimedCondition[]
}

/** `trouble`: why no container can start; `before`: the previous status, whose unchanged conditions keep their time. */
export function statusOf(
  pod: ApiPod,
  status: ReportedPod['status'],
  known: {
    readonly startTime: string
    readonly now: string
    readonly trouble: string | undefined
    readonly before: PodStatus | undefined
  },
): PodStatus {
  const gates = pod.spec.readinessGates ?? []
  const open = gates.every(({ conditionType }) => holds(pod.status?.conditions, conditionType))
  const conditions = status.conditions
    // Written by the scheduler.
    .filter(({ type }) => type !== 'PodScheduled')
    .map(condition => (condition.type === 'Ready' && gates.length > 0 ? readiness(status.conditions, open) : condition))
    .map(condition => timed(condition, known.before?.conditions, known.now))
  return {
    ...status,
    ...(status.hostIP !== undefined && { hostIPs: [{ ip: status.hostIP }] }),
    startTime: known.startTime,
    conditions,
    ...(status.initContainerStatuses && {
      initContainerStatuses: status.initContainerStatuses.map(container => ({ ...container, imageID: '' })),
    }),
    containerStatuses: status.containerStatuses.map(container => ({
      ...container,
      imageID: '',
      ...('waiting' in container.state &&
        known.trouble !== undefined && { state: { waiting: troubled(known.trouble) } }),
    })),
  }
}

const troubled = (message: string) => ({ reason: 'CreateContainerError', message }) as const

const readiness = (conditions: readonly PodCondition[], open: boolean): PodCondition => ({
  type: 'Ready',
  status: open && holds(conditions, 'ContainersReady') ? 'True' : 'False',
})

const holds = (conditions: readonly PodCondition[] = [], type: string) =>
  conditions.some(condition => condition.type === type && condition.status === 'True')

function timed(condition: PodCondition, before: readonly TimedCondition[] = [], now: string): TimedCondition {
  const same = before.find(({ type, status }) => type === condition.type && status === condition.status)
  return { ...condition, lastTransitionTime: same?.lastTransitionTime ?? now }
}
