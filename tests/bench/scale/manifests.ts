/**
 * A mesh of any size: P proxies, each with an address of its own, and V VirtualServices that each select all of them and
 * send their sessions to a Service of their own with one endpoint.
 */
import type { NewObject } from '../../../operator/src/kube/testing/object-store.ts'
import { EMPTY_SNAPSHOT, type Snapshot } from '../../../operator/src/sources/snapshot.ts'

export type Size = { readonly proxies: number; readonly services: number }

const NAMESPACE = 'bench'
const PROXY_LABELS = { app: 'proxy' }
const FIRST_PORT = 10_000

export const serviceName = (index: number) => `s-${index}`
export const proxyName = (index: number) => `proxy-${index}`

/** A ready pod with a proxy. */
export function proxyPod(index: number, address: string, port: number): NewObject {
  const container = { name: 'l7mp', image: 'l7mp/l7mp:0.5.7', ports: [{ name: 'controller', containerPort: port }] }
  return {
    ...head('v1', 'Pod', proxyName(index), { labels: PROXY_LABELS }),
    spec: { nodeName: `node-${index}`, containers: [container] },
    status: {
      phase: 'Running',
      podIP: address,
      podIPs: [{ ip: address }],
      conditions: ['Ready', 'ContainersReady'].map(type => ({ type, status: 'True' })),
    },
  }
}

/** `edit` makes its rule another one. */
export function virtualService(index: number, edit = 0): NewObject {
  const match = { op: 'test', path: '/IP/src_addr', value: sourceOf(edit) }
  const route = { destinationRef: `/api/v1/namespaces/${NAMESPACE}/services/${serviceName(index)}` }
  return {
    ...head('l7mp.io/v1', 'VirtualService', serviceName(index)),
    spec: {
      selector: { matchLabels: PROXY_LABELS },
      listener: { spec: { UDP: { port: FIRST_PORT + index } }, rules: [{ match, action: { route } }] },
    },
  }
}

export function service(index: number): NewObject {
  return {
    ...head('v1', 'Service', serviceName(index)),
    spec: { clusterIP: 'None', ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] },
  }
}

/** `edit` gives the Service another endpoint. */
export function endpointSlice(index: number, edit = 0): NewObject {
  const labels = { 'kubernetes.io/service-name': serviceName(index) }
  return {
    ...head('discovery.k8s.io/v1', 'EndpointSlice', serviceName(index), { labels }),
    addressType: 'IPv4',
    endpoints: [{ addresses: [endpointOf(index, edit)], conditions: { ready: true } }],
    ports: [{ name: 'dns', port: 53, protocol: 'UDP' }],
  }
}

function head(apiVersion: string, kind: string, name: string, metadata: object = {}): NewObject {
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace: NAMESPACE,
      uid: `uid-${kind}-${name}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
  }
}

/** Another address for each edit, at which nothing listens. */
export const sourceOf = (edit: number) => `192.${1 + (edit >> 8)}.${edit & 255}.7`
export const endpointOf = (index: number, edit: number) => `10.${edit}.${index >> 8}.${index & 255}`

/** The mesh as translation reads it. `addressOf`: of each proxy. */
export function snapshotOf({ proxies, services }: Size, addressOf: (proxy: number) => string, port: number): Snapshot {
  const named = (count: number, make: (index: number) => NewObject) =>
    new Map(Array.from({ length: count }, (_, index) => make(index)).map(object => [keyOf(object), object]))
  const tables = {
    ...EMPTY_SNAPSHOT,
    virtualServices: named(services, index => virtualService(index)),
    pods: named(proxies, index => proxyPod(index, addressOf(index), port)),
    services: named(services, service),
    endpointSlices: named(services, index => endpointSlice(index)),
  }
  // The manifests above are as the schemas of these kinds want them.
  return tables as unknown as Snapshot
}

export function keyOf({ metadata }: NewObject): string {
  return `${metadata.namespace}/${metadata.name}`
}
