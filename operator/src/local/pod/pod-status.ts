/** Computes the status of a pod, as a cluster would report it, from the state of its processes. Pure. */
import type { ContainerPort, Pod, PodCondition } from '../../kinds/core-types.ts'
import type { DesiredPod } from '../manifests/desired-pods.ts'
import type { ContainerSpec, RestartPolicy } from '../manifests/workload.ts'

/** The state of a container; times are ISO 8601. */
export type ContainerState =
  | { readonly waiting: { readonly reason: WaitingReason; readonly message?: string } }
  | { readonly running: { readonly startedAt: string } }
  | { readonly terminated: Termination }
export type WaitingReason = 'ContainerCreating' | 'CreateContainerError' | 'CrashLoopBackOff'
export type Termination = {
  /** 128 plus the signal number if a signal terminated it. */
  readonly exitCode: number
  readonly reason: 'Completed' | 'Error'
  readonly startedAt: string
  readonly finishedAt: string
}

/** The state of one container of a running pod. */
export type ContainerFacts = {
  readonly state: ContainerState
  readonly lastTermination?: Termination
  readonly ready: boolean
  readonly restartCount: number
}

export type PodFacts = {
  readonly uid: string
  readonly createdAt: string
  readonly deletedAt?: string
  readonly node: string
  /** Absent until the pod has a network. */
  readonly addresses?: { readonly pod: string; readonly host: string }
  /** By the container's name. */
  readonly initContainers: ReadonlyMap<string, ContainerFacts>
  readonly containers: ReadonlyMap<string, ContainerFacts>
  /** The allocated ports, if they differ from the manifest; by the container's name. */
  readonly ports: ReadonlyMap<string, readonly ContainerPort[]>
}

export type ContainerStatus = {
  readonly name: string
  readonly image: string
  readonly ready: boolean
  readonly started: boolean
  readonly restartCount: number
  readonly state: ContainerState
  readonly lastState: { readonly terminated?: Termination }
}

/** A Pod of the snapshot, with additional fields for users. */
export type ReportedPod = Pod & {
  readonly spec: { readonly hostname?: string; readonly subdomain?: string }
  readonly status: {
    readonly phase: Phase
    readonly hostIP?: string
    readonly conditions: readonly PodCondition[]
    readonly containerStatuses: readonly ContainerStatus[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
  }
}
export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed'

const NOT_STARTED: ContainerFacts = {
  state: { waiting: { reason: 'ContainerCreating' } },
  ready: false,
  restartCount: 0,
}

export function reportPod(desired: DesiredPod, facts: PodFacts): ReportedPod {
  const { spec, annotations } = desired.template
  const containers = spec.containers.map(container => statusOf(container, facts.containers.get(container.name)))
  const init = (spec.initContainers ?? []).map(each => statusOf(each, facts.initContainers.get(each.name)))
  const { addresses } = facts
  return {
    metadata: {
      name: desired.name,
      namespace: desired.namespace,
      uid: facts.uid,
      creationTimestamp: facts.createdAt,
      ...(facts.deletedAt !== undefined && { deletionTimestamp: facts.deletedAt }),
      labels: desired.labels,
      annotations,
      ...(desired.owner && { ownerReferences: [desired.owner] }),
    },
    spec: {
      nodeName: facts.node,
      hostNetwork: spec.hostNetwork,
      ...(spec.hostname !== undefined && { hostname: spec.hostname }),
      ...(spec.subdomain !== undefined && { subdomain: spec.subdomain }),
      containers: spec.containers.map(({ name, ports }) => ({ name, ports: facts.ports.get(name) ?? ports })),
      ...(spec.readinessGates.length > 0 && { readinessGates: spec.readinessGates }),
    },
    status: {
      phase: init.some(failed) && spec.restartPolicy === 'Never' ? 'Failed' : phaseOf(containers, spec.restartPolicy),
      ...(addresses && { podIP: addresses.pod, podIPs: [{ ip: addresses.pod }], hostIP: addresses.host }),
      conditions: conditionsOf(init, containers, spec.readinessGates.length > 0),
      containerStatuses: containers,
      ...(init.length > 0 && { initContainerStatuses: init }),
    },
  }
}

function statusOf({ name, image }: ContainerSpec, facts: ContainerFacts = NOT_STARTED): ContainerStatus {
  const { state, ready, restartCount, lastTermination } = facts
  return {
    name,
    image,
    ready,
    started: 'running' in state,
    restartCount,
    state,
    lastState: lastTermination ? { terminated: lastTermination } : {},
  }
}

const failed = ({ state }: ContainerStatus) => 'terminated' in state && state.terminated.exitCode !== 0
const succeeded = ({ state }: ContainerStatus) => 'terminated' in state && state.terminated.exitCode === 0

/**
 * Pending until every container has started once; Succeeded or Failed when all have terminated and none will restart.
 */
function phaseOf(containers: readonly ContainerStatus[], restart: RestartPolicy): Phase {
  const ends = containers.flatMap(({ state }) => ('terminated' in state ? [state.terminated] : []))
  if (ends.length === containers.length && restart !== 'Always') {
    return ends.every(end => end.exitCode === 0) ? 'Succeeded' : 'Failed'
  }
  const started = ({ state, restartCount }: ContainerStatus) => !('waiting' in state) || restartCount > 0
  return containers.every(started) ? 'Running' : 'Pending'
}

/** Nothing sets the conditions of readiness gates on this machine, so a pod that has one is never ready. */
function conditionsOf(
  init: readonly ContainerStatus[],
  containers: readonly ContainerStatus[],
  gated: boolean,
): readonly PodCondition[] {
  const condition = (type: string, holds: boolean): PodCondition => ({ type, status: holds ? 'True' : 'False' })
  const ready = containers.every(container => container.ready)
  return [
    condition('PodScheduled', true),
    condition('Initialized', init.every(succeeded)),
    condition('ContainersReady', ready),
    condition('Ready', ready && !gated),
  ]
}

export const isReady = ({ status }: ReportedPod) =>
  status.conditions.some(condition => condition.type === 'Ready' && condition.status === 'True')
