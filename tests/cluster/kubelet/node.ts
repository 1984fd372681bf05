/** A node at the API server: its object, and its heartbeat lease. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeClient } from '../../../operator/src/kube/kube-client.ts'
import { KubeError } from '../../../operator/src/kube/kube-error.ts'

export type NodeFacts = {
  readonly name: string
  readonly address: string
  /** The address of the log server. */
  readonly logs: { readonly address: string; readonly port: number }
  readonly version: string
}

const HEARTBEAT_MS = 3000
const LEASE_SECONDS = 40

/** Registers the node and renews its lease until the signal aborts. Rejects if registration fails. */
export async function registerNode(client: KubeClient, facts: NodeFacts, signal: AbortSignal): Promise<void> {
  const node = nodeObject(facts, new Date().toISOString())
  await client.request({ method: 'POST', path: '/api/v1/nodes', body: node, signal }).catch(ignoring('already-exists'))
  const path = `/api/v1/nodes/${facts.name}/status`
  const contentType = 'application/strategic-merge-patch+json'
  await client.request({ method: 'PATCH', path, contentType, body: { status: node.status }, signal })
  void keepLease(client, facts.name, signal)
}

async function keepLease(client: KubeClient, name: string, signal: AbortSignal): Promise<void> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases`
  while (!signal.aborted) {
    const spec = { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime: microTime(new Date()) }
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name }, spec }
    const contentType = 'application/apply-patch+yaml'
    const query = { fieldManager: 'kubelet', force: true }
    // A failed renewal is compensated by the next.
    await client.request({ method: 'PATCH', path: `${path}/${name}`, query, contentType, body, signal }).catch(() => {})
    await sleep(HEARTBEAT_MS, undefined, { signal }).catch(() => {})
  }
}

const microTime = (date: Date) => date.toISOString().replace('Z', '000Z')

const ignoring = (code: KubeError['code']) => (error: unknown) => {
  if (!(error instanceof KubeError && error.code === code)) throw error
}

function nodeObject({ name, address, logs, version }: NodeFacts, now: string) {
  const capacity = { cpu: '64', memory: '256Gi', pods: '250', 'ephemeral-storage': '100Gi' }
  const condition = (type: string, status: string, reason: string) => ({
    type,
    status,
    reason,
    message: reason,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  })
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': arch() },
    },
    status: {
      capacity,
      allocatable: capacity,
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
        { type: 'InternalDNS', address: logs.address },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: logs.port } },
      nodeInfo: nodeInfo(version),
      conditions: [
        condition('Ready', 'True', 'KubeletReady'),
        condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory'),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure'),
        condition('PIDPressure', 'False', 'KubeletHasSufficientPID'),
      ],
    },
  }
}

const arch = () => (process.arch === 'x64' ? 'amd64' : process.arch)

const nodeInfo = (kubeletVersion: string) => ({
  architecture: arch(),
  bootID: '',
  containerRuntimeVersion: 'processes://1',
  kernelVersion: '',
  kubeProxyVersion: '',
  kubeletVersion,
  machineID: '',
  operatingSystem: 'linux',
  osImage: 'l7mesh test node',
  systemUUID: '',
})
