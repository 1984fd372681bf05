/** A mesh without charts: the CRDs, a proxy on each node, and minimal resources. */
import { fileURLToPath } from 'node:url'
import { isOurs, ProxyClient } from '@l7mesh/proxy-client'
import { until } from '../../support/until.ts'
import type { Cluster } from '../cluster.ts'
import type { OperatorPlace } from './operator-process.ts'

const CRDS = fileURLToPath(new URL('../../../crds/crds', import.meta.url))

const PROXIES = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'proxy', namespace: 'default' },
  spec: {
    selector: { matchLabels: { app: 'proxy' } },
    template: {
      metadata: { labels: { app: 'proxy' } },
      spec: {
        hostNetwork: true,
        containers: [{ name: 'l7mp', image: 'l7mp/l7mp:0.5.7', ports: [{ name: 'controller', containerPort: 1234 }] }],
      },
    },
  },
}

/** Resolves when every node has a proxy. */
export async function installBareMesh(cluster: Cluster): Promise<OperatorPlace> {
  await succeed(cluster.kubectl(['apply', '-f', CRDS]))
  await succeed(cluster.kubectl(['wait', '--for=condition=Established', '--timeout=120s', '-f', CRDS]))
  await apply(cluster, PROXIES)
  await succeed(cluster.kubectl(['rollout', 'status', 'daemonset/proxy', '--timeout=120s']))
  return { kubeconfig: cluster.kubeconfig, program: cluster.operator() }
}

/** An echo listener. */
export function echoing(name: string, port: number, protocol = 'UDP') {
  return {
    apiVersion: 'l7mp.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: 'proxy' } },
      listener: {
        spec: { [protocol]: { port } },
        rules: [{ action: { route: { destination: { spec: { Echo: {} } } } } }],
      },
    },
  }
}

/** The same for the proxies of the chart. */
export function onIngress<T extends { readonly spec: object }>({ spec, ...virtualService }: T) {
  return { ...virtualService, spec: { ...spec, selector: { matchLabels: { app: 'l7mp-ingress' } } } }
}

export async function apply(cluster: Cluster, ...objects: readonly object[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
  await succeed(cluster.kubectl(['apply', '-f', '-'], { input }))
}

/** The output of a command. Rejects with its output if it fails. */
export async function succeed(ran: ReturnType<Cluster['kubectl']>): Promise<string> {
  const { code, stdout, stderr } = await ran
  if (code !== 0) throw new Error(`exit code ${code}: ${stdout}${stderr}`)
  return stdout
}

/** The ports of the listeners of l7mesh on the proxy of a node, as it reports. */
export async function portsOf(address: string): Promise<readonly number[]> {
  const client = new ProxyClient({ origin: `http://${address}:1234` })
  try {
    const listeners = await client.listeners.list()
    return listeners.flatMap(({ name, spec }) => (isOurs(name) && 'port' in spec ? spec.port : []))
  } finally {
    await client.close()
  }
}

/** Resolves when the proxies of all nodes listen on the port. */
export async function listening(cluster: Cluster, port: number, patience?: number): Promise<void> {
  const all = async () => {
    const ports = await Promise.all(cluster.nodes.map(({ address }) => portsOf(address)))
    return ports.every(those => those.includes(port))
  }
  await until(`every proxy listens on ${port}`, all, patience)
}
