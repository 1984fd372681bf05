/**
 * Edits that do not change the spec of a listener. Each is a function from the number of edits to the documents, for one
 * service on one listener.
 */
import type { Protocol } from '../support/echo.ts'
import type { Document, Manifest } from '../support/folder-mesh.ts'

export type Service = {
  readonly protocol: Protocol
  /** The port of the proxy. */
  readonly port: number
  /** The two ports of the backends, each of which has its own address. */
  readonly backendPorts: readonly [number, number]
}

export const PROXIES = { app: 'proxy' } as const
export const BACKEND_ADDRESSES = ['127.0.0.1', '127.0.0.2', '127.0.0.3'] as const

export type EditKind = { readonly name: string; documents(service: Service, n: number): readonly Manifest[] }

export const EDIT_KINDS: readonly EditKind[] = [
  {
    name: 'a rule is added and removed',
    documents: (s, n) => [virtualService(s, n % 2 ? [never(s, n), to(s)] : [to(s)])],
  },
  { name: 'a rule is changed', documents: (s, n) => [virtualService(s, [never(s, n), to(s)])] },
  {
    name: 'rules are moved',
    documents: (s, n) => {
      const [a, b] = [never(s, 1), never(s, 2)]
      return [virtualService(s, n % 2 ? [a, b, to(s)] : [b, to(s), a])]
    },
  },
  {
    name: 'a route is retargeted',
    documents: (s, n) => [virtualService(s, [to(s, { endpoints: [at(n % 2)] })])],
  },
  {
    name: 'a retry is changed',
    documents: (s, n) => [
      virtualService(s, [
        to(s, {}, { retry: { retry_on: 'connect-failure', num_retries: 1 + (n % 3), timeout: 1000 } }),
      ]),
    ],
  },
  {
    name: "a cluster's spec is changed",
    documents: (s, n) => [virtualService(s, [to(s, { spec: clusterSpec(s, n % 2) })])],
  },
  {
    name: "a cluster's policy is changed",
    documents: (s, n) => [
      virtualService(s, [
        to(
          s,
          n % 2
            ? { loadbalancer: { policy: 'ConsistentHash', key: '/IP/src_addr' } }
            : { loadbalancer: { policy: 'Trivial' } },
        ),
      ]),
    ],
  },
  {
    name: 'endpoints are added and removed',
    documents: (s, n) => [virtualService(s, [to(s, { endpoints: n % 2 ? [at(0), at(1), at(2)] : [at(0)] })])],
  },
  {
    name: 'all endpoints are replaced',
    documents: (s, n) => [target(s, n % 2 ? [at(0)] : [at(1), at(2)]), virtualService(s, [toTarget(s)])],
  },
  {
    name: 'a Rule resource is inserted and removed',
    documents: (s, n) => [virtualService(s, [to(s)]), ...(n % 2 ? [ruleResource(s, named(s))] : [])],
  },
  {
    name: 'inline rules are swapped for a rulesRef and back',
    documents: (s, n) => [
      n % 2 ? virtualService(s, undefined, `${named(s)}-shared`) : virtualService(s, [to(s)]),
      ruleResource(s, `${named(s)}-shared`, to(s)),
    ],
  },
  {
    name: 'an inline route is swapped for a routeRef and back',
    documents: (s, n) => [
      virtualService(s, [n % 2 ? { action: { routeRef: `${named(s)}-route` } } : to(s)]),
      { ...resource('Route', `${named(s)}-route`), spec: { destination: cluster(s, {}) } },
    ],
  },
  {
    name: 'another VirtualService comes and goes',
    documents: (s, n) => [virtualService(s, [to(s)]), ...(n % 2 ? [another(s)] : [])],
  },
]

export function named({ protocol }: Service): string {
  return protocol.toLowerCase()
}

export function resource(kind: string, name: string): Manifest {
  return { apiVersion: 'l7mp.io/v1', kind, metadata: { name } }
}

export function virtualService(service: Service, rules: readonly Document[] | undefined, rulesRef?: string): Manifest {
  const listener = { spec: { [service.protocol]: { port: service.port } }, ...(rules ? { rules } : { rulesRef }) }
  return { ...resource('VirtualService', named(service)), spec: { selector: { matchLabels: PROXIES }, listener } }
}

function to(service: Service, changes: Document = {}, route: Document = {}): Document {
  return { action: { route: { destination: cluster(service, changes), ...route } } }
}

function cluster(service: Service, changes: Document): Document {
  return { spec: clusterSpec(service, 0), endpoints: [at(0)], ...changes }
}

export function clusterSpec({ protocol, backendPorts }: Service, which: number): Document {
  return { [protocol]: { port: backendPorts[which === 0 ? 0 : 1] } }
}

function at(index: number): Document {
  return { spec: { address: BACKEND_ADDRESSES[index % BACKEND_ADDRESSES.length] } }
}

/** Matches no session: another one each time. */
function never(service: Service, n: number): Document {
  const match = { op: 'test', path: '/IP/src_addr', value: `192.0.2.${n % 250}` }
  return { match, ...to(service, { endpoints: [at(1)] }) }
}

function target(service: Service, endpoints: readonly Document[]): Manifest {
  const spec = { selector: { matchLabels: PROXIES }, cluster: { ...cluster(service, {}), endpoints } }
  return { ...resource('Target', `${named(service)}-target`), spec }
}

function toTarget(service: Service): Document {
  return {
    action: { route: { destinationRef: `/apis/l7mp.io/v1/namespaces/default/targets/${named(service)}-target` } },
  }
}

function ruleResource(service: Service, rulelist: string, rule: Document = never(service, 9)): Manifest {
  const spec = { selector: { matchLabels: PROXIES }, rulelist, position: 0, rule }
  return { ...resource('Rule', `${named(service)}-rule`), spec }
}

function another(service: Service): Manifest {
  const rules = [{ action: { route: { destination: { spec: { Echo: {} } } } } }]
  const listener = { spec: { UnixDomainSocket: { filename: `/tmp/l7mesh-hitless-${service.port}.sock` } }, rules }
  return {
    ...resource('VirtualService', `${named(service)}-other`),
    spec: { selector: { matchLabels: PROXIES }, listener },
  }
}
