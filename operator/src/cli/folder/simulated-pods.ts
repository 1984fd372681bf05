/**
 * Simulates the pods of the workloads of a folder that is not running: the pods that `up` would start, ready, with
 * placeholder addresses, so that resources which refer to them can be validated and shown offline. Pure.
 */
import { type DesiredPod, desiredPods } from '../../local/manifests/desired-pods.ts'
import { readManifests } from '../../local/manifests/manifests.ts'
import { chooseNodes } from '../../local/manifests/nodes.ts'
import { runnerManifests } from '../../local/manifests/runner-manifests.ts'
import { endpointSlices } from '../../local/manifests/slices.ts'
import { type ReportedPod, reportPod } from '../../local/pod/pod-status.ts'
import type { Manifest } from '../../sources/manifest.ts'
import type { Overlay } from '../../sources/overlay.ts'
import type { SourceProblem } from '../../sources/snapshot.ts'

export type SimulatedPods = Overlay & {
  /** The reasons why workloads would not run. */
  readonly problems: readonly SourceProblem[]
}

/** Excludes pods that have a status in the manifests, and EndpointSlices of the manifests. */
export function simulatePods(manifests: readonly Manifest[], located: ReadonlyMap<string, string>): SimulatedPods {
  const read = readManifests(runnerManifests(manifests, located))
  const desired = desiredPods(read.workloads, chooseNodes(read.nodes, 1, true).nodes)
  const real = new Set(
    manifests.flatMap(({ kind, status, metadata }) =>
      kind === 'Pod' && status !== undefined ? [`${metadata.namespace}/${metadata.name}`] : [],
    ),
  )
  const pods = new Map(desired.pods.filter(({ key }) => !real.has(key)).map((pod, i) => [pod.key, simulate(pod, i)]))
  const slices = endpointSlices(read.services, [...pods.values()], new Map())
  return { pods, endpointSlices: slices, problems: [...read.problems, ...desired.problems] }
}

function simulate(desired: DesiredPod, index: number): ReportedPod {
  const startedAt = EPOCH
  const running = { state: { running: { startedAt } }, ready: true, restartCount: 0 }
  const address = addressOf(index)
  return reportPod(desired, {
    uid: `simulated-${desired.key}`,
    createdAt: startedAt,
    node: desired.node,
    addresses: { pod: address, host: address },
    // They have completed.
    initContainers: new Map(),
    containers: new Map(desired.template.spec.containers.map(({ name }) => [name, running])),
    ports: new Map(),
  })
}

const EPOCH = '1970-01-01T00:00:00.000Z'

/** From the range that is reserved for benchmarks (RFC 2544). */
function addressOf(index: number): string {
  return `198.18.${Math.floor(index / 250) % 256}.${(index % 250) + 1}`
}
