/**
 * The running pods and the desired ones: the only mutable state of the runner. Level based: each change triggers one
 * reconciliation of all pods.
 */
import type { EndpointSlice } from '../kinds/core-types.ts'
import type { ByName, SourceProblem } from '../sources/snapshot.ts'
import { messageOf } from '../user-error.ts'
import { type DesiredPod, desiredPods } from './manifests/desired-pods.ts'
import { readManifests } from './manifests/manifests.ts'
import { chooseNodes } from './manifests/nodes.ts'
import { endpointSlices } from './manifests/slices.ts'
import { type LocalService, type RunnerManifest, type Workload, workloadKey } from './manifests/workload.ts'
import type { PodPlace } from './network/network.ts'
import { type LivePod, type PodHost, startPod } from './pod/pod.ts'
import { isReady, type ReportedPod } from './pod/pod-status.ts'
import { rolloutStep } from './rollout.ts'

export type PodManager = {
  /** Sets the desired state. A manifest with a mistake is reported as a problem, and its running pods keep running. */
  apply(manifests: readonly RunnerManifest[]): void
  /** By `NAMESPACE/NAME`. Pods, and the map, keep their identity until they change. */
  pods(): ByName<ReportedPod>
  endpointSlices(): ByName<EndpointSlice>
  problems(): readonly SourceProblem[]
  /** The network of a pod, to run commands in; undefined if the pod does not exist or has none yet. */
  place(pod: string): PodPlace | undefined
  /** Resolves when all pods have terminated. */
  stop(): Promise<void>
}

export function podManager(host: PodHost, nodeCount: number, onChange: () => void): PodManager {
  let workloads: readonly Workload[] = []
  let services: readonly LocalService[] = []
  let desired: readonly DesiredPod[] = []
  let manifestProblems: readonly SourceProblem[] = []
  const living = new Map<string, LivePod>()
  let pods: ByName<ReportedPod> = new Map()
  let slices: ByName<EndpointSlice> = new Map()
  /** What deleted pods failed to clean up. */
  const leftovers: SourceProblem[] = []
  let scheduled = false
  let stopped = false

  /** Coalesces changes into one reconciliation. */
  const schedule = () => {
    if (scheduled) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      reconcile()
      publish()
    })
  }
  const reconcile = () => {
    const running = [...living.values()].map(asRunning)
    const step = rolloutStep(desired, running)
    for (const { desired } of step.end) living.get(desired.key)?.end()
    for (const pod of step.start) start(pod)
  }
  const start = (pod: DesiredPod) => {
    const live = startPod(pod, host, schedule)
    living.set(pod.key, live)
    void live.gone
      .catch((error: unknown) => leftovers.push(notRemoved(pod, error)))
      .then(() => {
        living.delete(pod.key)
        schedule()
      })
  }
  const publish = () => {
    pods = sameOrNew(pods, new Map([...living].map(([key, pod]) => [key, pod.report()])))
    slices = endpointSlices(services, [...pods.values()], slices)
    onChange()
  }
  return {
    apply(manifests) {
      if (stopped) return
      const read = readManifests(manifests)
      const kept = workloads.filter(workload => read.rejected.has(workloadKey(workload)))
      const { nodes, problems } = chooseNodes(read.nodes, nodeCount, host.network.isolated)
      workloads = [...read.workloads, ...kept]
      services = read.services
      const found = desiredPods(host.network.isolated ? workloads : workloads.map(onOneFileSystem), nodes)
      desired = found.pods
      manifestProblems = [...read.problems, ...problems, ...host.network.limits, ...found.problems]
      schedule()
    },
    pods: () => pods,
    endpointSlices: () => slices,
    problems: () => [...manifestProblems, ...[...living.values()].flatMap(pod => pod.problem() ?? []), ...leftovers],
    place: pod => living.get(pod)?.place(),
    async stop() {
      stopped = true
      desired = []
      for (const pod of living.values()) pod.end()
      await Promise.allSettled([...living.values()].map(pod => pod.gone))
    },
  }
}

const asRunning = (pod: LivePod) => {
  const report = pod.report()
  const ending = report.metadata.deletionTimestamp !== undefined
  return { desired: pod.desired, ready: isReady(report), ending }
}

const notRemoved = ({ key, workload }: DesiredPod, error: unknown): SourceProblem => ({
  where: workload.where,
  message: `pod ${key} was not cleaned up completely: ${messageOf(error)}`,
  help: 'Remove it manually.',
})

/** If pods share a file system, the old pod must release its mount path before the new one can use it. */
function onOneFileSystem(workload: Workload): Workload {
  const mounts = workload.template.spec.containers.some(container => container.mounts.length > 0)
  return mounts && workload.kind === 'Deployment' ? { ...workload, strategy: { type: 'Recreate' } } : workload
}

function sameOrNew<T>(before: ByName<T>, after: ByName<T>): ByName<T> {
  const same = before.size === after.size && [...after].every(([key, value]) => before.get(key) === value)
  return same ? before : after
}
