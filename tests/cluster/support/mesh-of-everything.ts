/**
 * A mesh in which an operator makes every kind of request to an API server, with a proxy that is not a pod of a node.
 */
import type { Document } from './objects.ts'

const MESH = 'l7mp.io/v1'
const SELECTOR = { matchLabels: { app: 'proxy' } }

/** It is not scheduled: the test writes its status. */
export const proxyPod = (namespace: string, port: number): Document => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'proxy', namespace, labels: { app: 'proxy' } },
  spec: {
    schedulerName: 'nobody',
    containers: [{ name: 'l7mp', image: 'l7mp', ports: [{ name: 'controller', containerPort: port }] }],
  },
})

/** As a kubelet would report it. */
export const proxyStatus: Document = {
  status: {
    phase: 'Running',
    podIP: '127.0.0.1',
    podIPs: [{ ip: '127.0.0.1' }],
    conditions: ['Ready', 'ContainersReady'].map(type => ({ type, status: 'True' })),
  },
}

export const owner = (namespace: string): Document => {
  const labels = { app: 'owner' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'none', image: 'none' }] } }
  const spec = { replicas: 0, selector: { matchLabels: labels }, template }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'owner', namespace }, spec }
}

/** One resource of each kind, with an owner, and a VirtualService with a port conflict. */
export function mesh(namespace: string, ownerUid: string): readonly Document[] {
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'owner', uid: ownerUid }]
  const resource = (kind: string, name: string, spec: Document): Document => ({
    apiVersion: MESH,
    kind,
    metadata: { name, namespace, ownerReferences },
    spec,
  })
  const cluster = { spec: { UDP: { port: 9 } }, endpoints: [{ name: 'one', spec: { address: '192.0.2.1' } }] }
  const listener = (port: number) => ({ spec: { UDP: { port } }, rules: [{ action: { routeRef: 'route' } }] })
  const rule = { action: { route: { destinationRef: 'target' } } }
  return [
    resource('Target', 'target', { selector: SELECTOR, cluster }),
    resource('Route', 'route', { destinationRef: 'target' }),
    resource('VirtualService', 'first', { selector: SELECTOR, listener: listener(PORT), updateOwners: true }),
    resource('VirtualService', 'second', { selector: SELECTOR, listener: listener(PORT) }),
    resource('Rule', 'rule', { selector: SELECTOR, rulelist: 'first', rule }),
  ]
}

/** The port of both VirtualServices. */
export const PORT = 5000
