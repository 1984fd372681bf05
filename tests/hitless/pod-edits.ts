/** Edits of Pods and EndpointSlices that add and remove endpoints, as in a cluster. */
import { backendPod, type Document, type Manifest } from '../support/folder-mesh.ts'
import {
  BACKEND_ADDRESSES,
  clusterSpec,
  type EditKind,
  named,
  resource,
  type Service,
  virtualService,
} from './edits.ts'

export const POD_EDIT_KINDS: readonly EditKind[] = [
  {
    name: 'pods behind an endpoint selector come and go',
    documents: (s, n) => [toPods(s), pod(s, 0), ...(n % 2 ? [pod(s, 1), pod(s, 2)] : [])],
  },
  {
    name: 'all pods behind an endpoint selector are replaced',
    documents: (s, n) => [toPods(s), pod(s, n), pod(s, n + 1)],
  },
  {
    name: 'a pod is not ready, and ready again',
    documents: (s, n) => [toPods(s), pod(s, 0), pod(s, 1, n % 2 === 0), pod(s, 2)],
  },
  {
    name: 'an EndpointSlice of a Service gains and loses endpoints',
    documents: (s, n) => [toService(s), service(s), slice(s, 'only', n % 2 ? [0, 1, 2] : [0])],
  },
  {
    name: 'the EndpointSlices of a Service are replaced',
    documents: (s, n) => [toService(s), service(s), slice(s, `of-${n}`, n % 2 ? [0] : [1, 2])],
  },
]

/** The one of this number: its address is one of those that the backends have, and its name is used once. */
function pod(service: Service, number: number, isReady = true): Manifest {
  const address = BACKEND_ADDRESSES[number % BACKEND_ADDRESSES.length] ?? ''
  return backendPod(`${named(service)}-${number}`, address, labels(service), isReady)
}

function labels(service: Service) {
  return { backend: named(service) }
}

function toPods(s: Service): Manifest {
  const endpoints = [{ selector: { matchLabels: labels(s) } }]
  return virtualService(s, [{ action: { route: { destination: { spec: clusterSpec(s, 0), endpoints } } } }])
}

function toService(s: Service): Manifest {
  return virtualService(s, [{ action: { route: { destinationRef: `default/${named(s)}-backends` } } }])
}

function service(s: Service): Manifest {
  const [port] = s.backendPorts
  return { ...resource('Service', `${named(s)}-backends`), apiVersion: 'v1', spec: { ports: [{ ...wire(s), port }] } }
}

function slice(s: Service, name: string, places: readonly number[]): Manifest {
  const [port] = s.backendPorts
  const endpoints = places.map(
    (place): Document => ({ addresses: [BACKEND_ADDRESSES[place]], conditions: { ready: true } }),
  )
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${named(s)}-${name}`, labels: { 'kubernetes.io/service-name': `${named(s)}-backends` } },
    addressType: 'IPv4',
    ports: [{ ...wire(s), port }],
    endpoints,
  }
}

/** The protocol of a port in Kubernetes. */
function wire({ protocol }: Service): Document {
  if (protocol === 'WebSocket') return { name: 'main', protocol: 'TCP', appProtocol: 'kubernetes.io/ws' }
  return { name: 'main', protocol }
}
