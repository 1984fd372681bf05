/**
 * The next listeners of a route: those of VirtualServices that its sessions reach, by name, or because its endpoints are
 * proxies with a listener on that port. Literal addresses, like that of the server beside a sidecar, are not followed.
 */
import type { Cluster, ClusterOrRef, RouteSpec, Selector } from '@l7mesh/crds'
import { type ClusterSpec, socketOf } from '@l7mesh/proxy-client'
import { keyOfReference, parseDnsName, parseReference } from '../../lookup/references.ts'
import { isStub } from '../../lookup/stubs.ts'
import { ProblemCollector } from '../../problems.ts'
import { familyOf } from '../fields/addresses.ts'
import { linkedSpec } from '../fields/linked-spec.ts'
import type { ListenerProtocol } from '../fields/listener-protocol.ts'
import { type Reach, reachable, reachOf } from '../fields/reach.ts'
import { destinationNamed, linkedKey, type NamedDestination } from '../references/destination-names.ts'
import { type ServiceQuery, serviceQuery } from '../references/service-ports.ts'
import type { CycleInputs, CycleQueries } from './queries.ts'

type Queries = CycleInputs & CycleQueries

export type NextListeners = {
  /** Field path in the route. */
  readonly at: readonly (string | number)[]
  /** Keys of VirtualServices. */
  readonly to: readonly string[]
  /** The key of a Service of the same name, which the reference does not mean. */
  readonly hidden?: string
}

/** The context of a route: the namespace of its resource, and its rulelist, if there is only one. */
export type Origin = {
  readonly namespace: string
  readonly list: string | undefined
  /** The protocol of its sessions. */
  readonly protocol: ListenerProtocol
  readonly queries: Queries
}

export function nextListeners(route: RouteSpec, origin: Origin): readonly NextListeners[] {
  const { destination, destinationRef } = route
  return [
    { at: ['destination'], to: destination === undefined ? [] : ofCluster(destination, origin) },
    { at: ['destinationRef'], ...ofName(destinationRef, origin) },
    ...chain('ingress', route, origin),
    ...chain('egress', route, origin),
  ].filter(({ to }) => to.length > 0)
}

function chain(field: 'ingress' | 'egress', route: RouteSpec, origin: Origin): readonly NextListeners[] {
  return (route[field] ?? []).flatMap(({ cluster, clusterRef }: ClusterOrRef, i) => [
    { at: [field, i, 'cluster'], to: cluster === undefined ? [] : ofCluster(cluster, origin) },
    { at: [field, i, 'clusterRef'], ...ofName(clusterRef, origin) },
  ])
}

function ofName(text: string | undefined, origin: Origin): Pick<NextListeners, 'to' | 'hidden'> {
  const found = text === undefined ? undefined : destinationNamed(text, origin, origin.queries.lookup)
  if (found === undefined || 'reason' in found) return { to: [] }
  const { kind, key } = found
  const isHidden = kind !== 'Service' && origin.queries.lookup.services.has(key)
  return { to: ofDestination(found, origin), ...(isHidden && { hidden: key }) }
}

function ofDestination({ kind, key, port }: NamedDestination, origin: Origin): readonly string[] {
  const { queries } = origin
  switch (kind) {
    case 'VirtualService':
      return queries.listenersOf(key)
    case 'Service':
      return ofService(
        serviceQuery(key, port, { ...origin, lookup: queries.lookup, problems: new ProblemCollector() }),
        queries,
      )
    case 'Target': {
      const target = queries.lookup.targets.get(key)
      const namespace = target?.metadata.namespace ?? 'default'
      const { cluster, linkedVirtualService } = target?.spec ?? {}
      if (cluster !== undefined) return ofCluster(cluster, { namespace, queries })
      const linked = linkedKey(linkedVirtualService, namespace)
      return linked === undefined ? [] : queries.listenersOf(linked)
    }
  }
}

/**
 * A reference leads to it by name, even if no proxy has it yet. Its pods can have other listeners too; if they have only
 * others, these have its socket.
 */
export function listenersOfVirtualService(key: string, queries: Queries): readonly string[] {
  const service = queries.lookup.virtualServices.get(key)
  if (service === undefined) return []
  const spec = linkedSpec(service.spec.listener.spec, new ProblemCollector())
  const socket = spec && toSocket(spec)
  const reached =
    socket === undefined || isAlone(key, socket.port, queries)
      ? []
      : atPods(service.spec.selector, service.metadata.namespace ?? 'default', socket, queries)
  const isLost = reached.length > 0 && !reached.includes(key)
  return isStub(service) || isLost ? reached : distinct([key, ...reached])
}

function isAlone(key: string, port: string, { lookup }: Queries): boolean {
  return lookup.listenersAt(port).every(other => other === key)
}

function ofService(query: ServiceQuery, queries: Queries): readonly string[] {
  const { cluster } = queries.service(...query).built ?? {}
  const reached = (cluster?.endpoints ?? []).flatMap(({ spec: { address, port } }) => {
    const socket = cluster && toSocket(cluster.spec, port)
    if (socket === undefined) return []
    return familyOf(address) === 'name' ? atName(address, socket, queries) : at([address], socket, queries)
  })
  return distinct(reached)
}

/** An ExternalName that is the DNS name of another Service leads to the endpoints of the latter. */
function atName(name: string, socket: Socket, queries: Queries): readonly string[] {
  const reference = parseDnsName(name.toLowerCase()) ?? parseReference(name.toLowerCase(), '')
  const key = reference?.kind === 'Service' ? keyOfReference(reference) : ''
  const { type, clusterIP, ports = [] } = queries.lookup.services.get(key)?.spec ?? { type: 'ExternalName' }
  // Names of names are not followed: they may form a loop themselves.
  if (type === 'ExternalName') return []
  if (clusterIP === 'None') {
    const addresses = queries.lookup.slicesOf(key).flatMap(({ endpoints }) => endpoints.flatMap(one => one.addresses))
    return at(addresses, socket, queries)
  }
  const found = ports.find(({ port, protocol = 'TCP' }) => `${protocol.toLowerCase()}:${port}` === socket.port)
  return found === undefined ? [] : ofService([key, found.name ?? String(found.port), undefined], queries)
}

function ofCluster(
  { spec, endpoints = [] }: Cluster,
  { namespace, queries }: Pick<Origin, 'namespace' | 'queries'>,
): readonly string[] {
  const socket = rawSocket(spec)
  if (socket === undefined) return []
  const selectors = endpoints.flatMap(({ selector, weight = 1 }) => (selector && weight > 0 ? [selector] : []))
  return distinct(selectors.flatMap(selector => atPods(selector, namespace, socket, queries)))
}

type Socket = { readonly port: string; readonly reach: Reach }

function rawSocket({ UDP, TCP, WebSocket, JSONSocket }: Cluster['spec']): Socket | undefined {
  if (JSONSocket !== undefined) return rawSocket(JSONSocket.transport)
  if (UDP) return toSocket({ protocol: 'UDP', port: UDP.port })
  if (TCP) return toSocket({ protocol: 'TCP', port: TCP.port })
  return WebSocket && toSocket({ protocol: 'WebSocket', port: WebSocket.port })
}

/** `port` is that of an endpoint, if it has one of its own. */
function toSocket(spec: ClusterSpec, port?: number): Socket | undefined {
  switch (spec.protocol) {
    case 'UDP':
    case 'TCP':
    case 'WebSocket':
      return { port: socketOf({ protocol: spec.protocol, port: port ?? spec.port }), reach: reachOf(spec) }
    case 'JSONSocket':
      return toSocket(spec.transport, port)
    default:
      return undefined
  }
}

function atPods(selector: Selector, namespace: string, socket: Socket, queries: Queries): readonly string[] {
  if (queries.lookup.listenersAt(socket.port).length === 0) return []
  const selection = queries.lookup.select(selector, namespace, new ProblemCollector())
  const pods = selection === undefined ? [] : queries.lookup.selectedPods(selection)
  const addresses = pods.map(pod => reachable(queries.lookup.addresses(pod), socket.reach))
  return at(
    addresses.filter(address => address !== undefined),
    socket,
    queries,
  )
}

function at(addresses: readonly string[], { port }: Socket, queries: Queries): readonly string[] {
  if (queries.lookup.listenersAt(port).length === 0) return []
  const holders = addresses.map(address => queries.holder(address, port))
  return distinct(holders.filter(key => key !== undefined))
}

function distinct(keys: readonly string[]): readonly string[] {
  return [...new Set(keys)].sort()
}
