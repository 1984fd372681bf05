/**
 * Computes the desired pods from workloads and nodes: the Deployment, StatefulSet and DaemonSet controllers and the
 * scheduler in one pure step. Names are the same in every run, so that documentation and selectors can refer to them.
 */
import { createHash } from 'node:crypto'
import type { OwnerReference } from '@l7mesh/crds'
import type { SourceProblem } from '../../sources/snapshot.ts'
import { type Node, type PodTemplate, type Workload, workloadKey } from './workload.ts'

/** A desired pod. */
export type DesiredPod = {
  /** `NAMESPACE/NAME`. */
  readonly key: string
  readonly namespace: string
  readonly name: string
  readonly workload: Workload
  /** A hash of the template: a running pod with a different hash is replaced. */
  readonly hash: string
  /** The node that it is scheduled to if it has to start; a running pod is not rescheduled. */
  readonly node: string
  readonly labels: Readonly<Record<string, string>>
  readonly template: PodTemplate
  readonly owner?: OwnerReference
}

export type DesiredPods = { readonly pods: readonly DesiredPod[]; readonly problems: readonly SourceProblem[] }

export function desiredPods(workloads: readonly Workload[], nodes: readonly Node[]): DesiredPods {
  const pods = new Map<string, DesiredPod>()
  const problems: SourceProblem[] = []
  const nextNode = roundRobin()
  for (const workload of workloads) {
    const eligible = eligibleNodes(workload, nodes)
    if (eligible.length === 0) problems.push(noNode(workload, nodes))
    for (const pod of podsOf(workload, eligible, nextNode)) {
      const other = pods.get(pod.key)
      if (other === undefined) pods.set(pod.key, pod)
      else problems.push(nameTaken(pod, other))
    }
  }
  return { pods: [...pods.values()], problems }
}

/** The pods of one workload. A DaemonSet has one on each node; others are distributed round-robin. */
function podsOf(workload: Workload, nodes: readonly Node[], nextNode: (nodes: readonly Node[]) => Node | undefined) {
  const hash = hashOf(workload)
  const count = nodes.length === 0 ? 0 : workload.kind === 'DaemonSet' ? nodes.length : workload.replicas
  return Array.from({ length: count }, (_, index) => {
    const node = (workload.kind === 'DaemonSet' ? nodes[index] : nextNode(nodes))?.name ?? ''
    return podOf(workload, hash, index, node)
  })
}

function podOf(workload: Workload, hash: string, index: number, node: string): DesiredPod {
  const { kind, namespace } = workload
  const name = podName(workload, hash, index, node)
  const template = kind === 'StatefulSet' ? withHostname(workload, name) : workload.template
  const owner = ownerOf(workload, hash)
  return {
    key: `${namespace}/${name}`,
    namespace,
    name,
    workload,
    hash,
    node,
    labels: { ...template.labels, ...addedLabels(kind, name, hash, index) },
    template,
    ...(owner && { owner }),
  }
}

/** The hostname and subdomain that the StatefulSet controller sets in each pod. */
function withHostname({ template, serviceName }: Workload, hostname: string): PodTemplate {
  return {
    ...template,
    spec: { ...template.spec, hostname, ...(serviceName !== undefined && { subdomain: serviceName }) },
  }
}

function podName({ kind, name }: Workload, hash: string, index: number, node: string): string {
  switch (kind) {
    case 'Pod':
      return name
    case 'DaemonSet':
      return `${name}-${node}`
    case 'StatefulSet':
      return `${name}-${index}`
    case 'Deployment':
    case 'ReplicaSet':
      return `${name}-${hash}-${index}`
  }
}

/** The labels that the controllers of Kubernetes add to those of the template. */
function addedLabels(kind: Workload['kind'], name: string, hash: string, index: number): Record<string, string> {
  switch (kind) {
    case 'Pod':
      return {}
    case 'DaemonSet':
      return { 'controller-revision-hash': hash }
    case 'StatefulSet':
      return {
        'controller-revision-hash': hash,
        'statefulset.kubernetes.io/pod-name': name,
        'apps.kubernetes.io/pod-index': String(index),
      }
    case 'Deployment':
    case 'ReplicaSet':
      return { 'pod-template-hash': hash }
  }
}

/** As in a cluster, the pods of a Deployment are owned by a ReplicaSet that is named after the template's hash. */
function ownerOf(workload: Workload, hash: string): OwnerReference | undefined {
  if (workload.kind === 'Pod') return undefined
  const deployment = workload.kind === 'Deployment'
  const owner = deployment ? ({ ...workload, kind: 'ReplicaSet', name: `${workload.name}-${hash}` } as const) : workload
  return { apiVersion: 'apps/v1', kind: owner.kind, name: owner.name, uid: shortHash(workloadKey(owner)) }
}

/** Excludes the pod's name and node: renumbering or rescheduling a pod does not restart it. */
const hashOf = ({ template, folder }: Workload) => shortHash(JSON.stringify([template, folder]))

const shortHash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 10)

function eligibleNodes({ template: { spec } }: Workload, nodes: readonly Node[]): readonly Node[] {
  const required = Object.entries(spec.nodeSelector)
  return nodes.filter(
    node =>
      (spec.nodeName === undefined || node.name === spec.nodeName) &&
      required.every(([key, value]) => node.labels[key] === value),
  )
}

/** Shared by all workloads, so that workloads with one pod each are not all scheduled to the first node. */
function roundRobin() {
  let turn = 0
  return (nodes: readonly Node[]) => nodes[turn++ % nodes.length]
}

const noNode = (workload: Workload, nodes: readonly Node[]): SourceProblem => ({
  where: workload.where,
  message: `no node matches the nodeName and nodeSelector of ${workloadKey(workload)}`,
  help: `The nodes are ${nodes.map(node => node.name).join(', ')}; with --netns, Node manifests define others.`,
})

const nameTaken = (pod: DesiredPod, other: DesiredPod): SourceProblem => ({
  where: pod.workload.where,
  message: `pod ${pod.key} of ${workloadKey(pod.workload)} has the same name as a pod of ${workloadKey(other.workload)}`,
  help: `Rename one of the two; the one in ${other.workload.where} runs.`,
})
