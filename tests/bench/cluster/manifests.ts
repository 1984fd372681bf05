/** A namespace with proxies, and services behind them: of every two one finds its pods by labels and one by a Service. */

export type Manifest = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly [field: string]: unknown
}

export const FIRST_PORT = 20_000
const BACKEND_PORT = 53

export const namespace = (name: string): Manifest => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })

export function proxyPod(namespace: string, index: number): Manifest {
  const labels = { app: 'proxy' }
  const container = {
    name: 'l7mp',
    image: 'l7mp/l7mp:0.5.7',
    ports: [{ name: 'controller', containerPort: 1234 }],
    readinessProbe: { tcpSocket: { port: 1234 }, periodSeconds: 1 },
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `proxy-${index}`, namespace, labels },
    spec: { terminationGracePeriodSeconds: 0, containers: [container] },
  } as Manifest
}

export const findsByService = (index: number) => index % 2 === 1

export function serviceManifests(namespace: string, index: number): readonly Manifest[] {
  const route = findsByService(index)
    ? { destinationRef: `/api/v1/namespaces/${namespace}/services/${nameOf(index)}` }
    : {
        destination: {
          spec: { UDP: { port: BACKEND_PORT } },
          endpoints: [{ selector: { matchLabels: { app: nameOf(index) } } }],
        },
      }
  const backends = findsByService(index)
    ? [service(namespace, index), slice(namespace, index, addressOf(index, 0))]
    : [backendPod(namespace, index)]
  return [...backends, virtualService(namespace, index, route)]
}

/** Responds without a backend. */
export function echoService(namespace: string, index: number): Manifest {
  return virtualService(namespace, index, { destination: { spec: { Echo: {} } } })
}

function virtualService(namespace: string, index: number, route: object): Manifest {
  return {
    apiVersion: 'l7mp.io/v1',
    kind: 'VirtualService',
    metadata: { name: nameOf(index), namespace },
    spec: {
      selector: { matchLabels: { app: 'proxy' } },
      listener: { spec: { UDP: { port: FIRST_PORT + index } }, rules: [{ action: { route } }] },
    },
  }
}

/** No node is given a pod with a gate, so its status is what the benchmark says that it is. */
export function backendPod(namespace: string, index: number): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: nameOf(index), namespace, labels: { app: nameOf(index) } },
    spec: { schedulingGates: [{ name: 'l7mp.io/bench' }], containers: [{ name: 'app', image: 'none' }] },
  } as Manifest
}

export function backendStatus(podIP: string): object {
  const conditions = ['Ready', 'ContainersReady'].map(type => ({ type, status: 'True' }))
  return { status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions } }
}

function service(namespace: string, index: number): Manifest {
  const ports = [{ name: 'dns', port: BACKEND_PORT, protocol: 'UDP' }]
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: nameOf(index), namespace },
    spec: { clusterIP: 'None', ports },
  }
}

function slice(namespace: string, index: number, address: string): Manifest {
  const labels = { 'kubernetes.io/service-name': nameOf(index) }
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: nameOf(index), namespace, labels },
    addressType: 'IPv4',
    ...sliceEndpoints(address),
    ports: [{ name: 'dns', port: BACKEND_PORT, protocol: 'UDP' }],
  } as Manifest
}

export function sliceEndpoints(address: string): object {
  return { endpoints: [{ addresses: [address], conditions: { ready: true } }] }
}

export const nameOf = (index: number) => `s-${index}`

/** Another address for each `edit`, at which nothing listens. */
export function addressOf(index: number, edit: number): string {
  return `10.${100 + (edit >> 8)}.${edit & 255}.${1 + (index % 250)}`
}
