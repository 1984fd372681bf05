/**
 * Where the sessions of a route go on: the listeners of VirtualServices that they get to, by name or since the pods that
 * they are sent to are proxies with a listener there. Addresses that are written out lead nowhere: whoever writes one,
 * like that of a sidecar beside its server, knows what is there.
 */
import type { Cluster, ClusterOrRef, ListenerSpec, RouteSpec } from '@l7mesh/crds'
import { type ClusterSpec, portOfSocket, socketOf } from '@l7mesh/proxy-client'
import { keyOfReference, parseDnsName, parseReference } from '../../lookup/references.ts'
import { isStub } from '../../lookup/stubs.ts'
import { Findings } from '../../problems.ts'
import { type Destination, destinationNamed, linkedKey } from '../destinations.ts'
import { reachable, reachOf } from '../endpoints.ts'
import { familyOf } from '../fields/addresses.ts'
import type { From, Mesh } from '../scope.ts'
import { serviceQuery } from '../service-ports.ts'
import { linkedSpec } from '../targets.ts'

export type Lead = {
  /** Where in the route it stands. */
  readonly at: readonly (string | number)[]
  /** Keys of VirtualServices. */
  readonly to: readonly string[]
  /** The key of a Service that has the name which is written there, and is not what it means. */
  readonly hidden?: string
}

/** Where a route stands: in a resource of this namespace, and for this rulelist where it is its own. */
export type Place = {
  readonly namespace: string
  readonly list: string | undefined
  /** What kind of sessions it gets. */
  readonly from: From
  readonly mesh: Mesh
}

export function leadsOf(route: RouteSpec, place: Place): readonly Lead[] {
  const { destination, destinationRef } = route
  return [
    { at: ['destination'], to: destination === undefined ? [] : ofCluster(destination, place) },
    { at: ['destinationRef'], ...ofName(destinationRef, place) },
    ...chain('ingress', route, place),
    ...chain('egress', route, place),
  ].filter(({ to }) => to.length > 0)
}

function chain(field: 'ingress' | 'egress', route: RouteSpec, place: Place): readonly Lead[] {
  return (route[field] ?? []).flatMap(({ cluster, clusterRef }: ClusterOrRef, i) => [
    { at: [field, i, 'cluster'], to: cluster === undefined ? [] : ofCluster(cluster, place) },
    { at: [field, i, 'clusterRef'], ...ofName(clusterRef, place) },
  ])
}

function ofName(text: string | undefined, place: Place): Pick<Lead, 'to' | 'hidden'> {
  const found = text === undefined ? undefined : destinationNamed(text, place, place.mesh.world)
  if (found === undefined || 'reason' in found) return { to: [] }
  const { kind, key } = found
  const isHidden = kind !== 'Service' && place.mesh.world.service(key) !== undefined
  return { to: ofDestination(found, place), ...(isHidden && { hidden: key }) }
}

function ofDestination({ kind, key, port }: Destination, place: Place): readonly string[] {
  const { mesh } = place
  switch (kind) {
    case 'VirtualService':
      return ofLinked(key, mesh)
    case 'Service':
      return ofService(serviceQuery(key, port, { ...place, findings: new Findings() }), mesh)
    case 'Target': {
      const namespace = key.slice(0, key.indexOf('/'))
      const { cluster, linkedVirtualService } = mesh.world.target(key)?.spec ?? {}
      if (cluster !== undefined) return ofCluster(cluster, { namespace, mesh })
      const linked = linkedKey(linkedVirtualService, namespace)
      return linked === undefined ? [] : ofLinked(linked, mesh)
    }
  }
}

/**
 * It is led to by its name, whether it is on a proxy as yet or not; and others can be where it is. Where only others are,
 * its socket is theirs.
 */
function ofLinked(key: string, mesh: Mesh): readonly string[] {
  const service = mesh.world.virtualService(key)
  if (service === undefined) return []
  const spec = linkedSpec(service.spec.listener.spec, new Findings())
  const socket = spec && toSocket(spec)
  const reached =
    socket === undefined || isAlone(key, socket.port, mesh)
      ? []
      : atPods(service.spec.selector, service.metadata.namespace ?? 'default', socket, mesh)
  const isLost = reached.length > 0 && !reached.includes(key)
  return isStub(service) || isLost ? reached : distinct([key, ...reached])
}

function isAlone(key: string, port: string, { world }: Mesh): boolean {
  return world.listenersAt(port).every(other => other === key)
}

function ofService(text: string, mesh: Mesh): readonly string[] {
  const { cluster } = mesh.service(text).built ?? {}
  const reached = (cluster?.endpoints ?? []).flatMap(({ spec: { address, port } }) => {
    const socket = cluster && toSocket(cluster.spec, port)
    if (socket === undefined) return []
    return familyOf(address) === 'name' ? atName(address, socket, mesh) : at([address], socket, mesh)
  })
  return distinct(reached)
}

/** An ExternalName that is the name of another Service in the cluster's DNS leads where that one does. */
function atName(name: string, socket: Socket, mesh: Mesh): readonly string[] {
  const reference = parseDnsName(name.toLowerCase()) ?? parseReference(name.toLowerCase(), '')
  const key = reference?.kind === 'Service' ? keyOfReference(reference) : ''
  const { type, clusterIP, ports = [] } = mesh.world.service(key)?.spec ?? { type: 'ExternalName' }
  // Names of names are not followed: they may go round themselves.
  if (type === 'ExternalName') return []
  if (clusterIP === 'None') {
    const addresses = mesh.world.slices(key).flatMap(({ endpoints }) => endpoints.flatMap(one => one.addresses))
    return at(addresses, socket, mesh)
  }
  const found = ports.find(({ port, protocol = 'TCP' }) => `${protocol.toLowerCase()}:${port}` === socket.port)
  return found === undefined ? [] : ofService(`${key} ${found.name ?? found.port}`, mesh)
}

function ofCluster(
  { spec, endpoints = [] }: Cluster,
  { namespace, mesh }: Pick<Place, 'namespace' | 'mesh'>,
): readonly string[] {
  const socket = rawSocket(spec)
  if (socket === undefined) return []
  const selectors = endpoints.flatMap(({ selector, weight = 1 }) => (selector && weight > 0 ? [selector] : []))
  return distinct(selectors.flatMap(selector => atPods(selector, namespace, socket, mesh)))
}

type Socket = { readonly port: string; readonly reach: ReturnType<typeof reachOf> }

function rawSocket({ UDP, TCP, WebSocket, JSONSocket }: Cluster['spec']): Socket | undefined {
  if (JSONSocket !== undefined) return rawSocket(JSONSocket.transport)
  if (UDP) return toSocket({ protocol: 'UDP', port: UDP.port })
  if (TCP) return toSocket({ protocol: 'TCP', port: TCP.port })
  return WebSocket && toSocket({ protocol: 'WebSocket', port: WebSocket.port })
}

/** `port` is that of one endpoint, where it has one of its own. */
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

function atPods(
  selector: Parameters<Mesh['world']['select']>[0],
  namespace: string,
  socket: Socket,
  mesh: Mesh,
): readonly string[] {
  if (mesh.world.listenersAt(socket.port).length === 0) return []
  const pods = mesh.world.select(selector, namespace, new Findings()) ?? []
  const addresses = pods.map(pod => reachable(mesh.world.addresses(pod), socket.reach))
  return at(
    addresses.filter(address => address !== undefined),
    socket,
    mesh,
  )
}

function at(addresses: readonly string[], { port }: Socket, mesh: Mesh): readonly string[] {
  if (mesh.world.listenersAt(port).length === 0) return []
  const holders = addresses.map(address => mesh.holder(`${address} ${port}`))
  return distinct(holders.filter(key => key !== undefined))
}

function distinct(keys: readonly string[]): readonly string[] {
  return [...new Set(keys)].sort()
}

/** The port of the socket that a VirtualService listens at, as written; undefined where it makes no listener. */
export function listenerPort(spec: ListenerSpec | undefined): string | undefined {
  const { UDP, TCP, HTTP, WebSocket, JSONSocket } = spec ?? {}
  if (JSONSocket?.transport) return listenerPort(JSONSocket.transport)
  if (UDP) return portOfSocket(socketOf({ protocol: 'UDP', port: UDP.port }))
  const { port } = TCP ?? HTTP ?? WebSocket ?? {}
  return port === undefined ? undefined : socketOf({ protocol: 'TCP', port })
}
