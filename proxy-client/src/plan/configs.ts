/** Queries on configs that diff, plan and read-back share. */
import { normalize } from 'node:path/posix'
import type {
  Cluster,
  Endpoint,
  Listener,
  ListenerSpec,
  ObjectId,
  ObjectKind,
  Route,
  TransportListenerSpec,
  UdpListenerSpec,
} from '../model.ts'

/** An endpoint with its cluster: the proxy lists endpoints only under their clusters. */
export type PlacedEndpoint = { readonly cluster: string; readonly endpoint: Endpoint }

/** `KIND NAME`, for maps and sets. */
export type ObjectKey = `${ObjectKind} ${string}`

export function keyOf(id: ObjectId): ObjectKey {
  return `${id.kind} ${id.name}`
}

/** All endpoints of the given clusters by name; names of endpoints are unique on a proxy. */
export function placedEndpoints(clusters: Iterable<Cluster>): ReadonlyMap<string, PlacedEndpoint> {
  const placed = new Map<string, PlacedEndpoint>()
  for (const cluster of clusters)
    for (const endpoint of cluster.endpoints) placed.set(endpoint.name, { cluster: cluster.name, endpoint })
  return placed
}

/** A copy of a map. `new Map(map)` takes twice as long, which matters for edits of large configs. */
export function copy<K, V>(map: ReadonlyMap<K, V>): Map<K, V> {
  const same = new Map<K, V>()
  for (const [key, value] of map) same.set(key, value)
  return same
}

/** The names of all clusters that a session on this route goes through. */
export function clustersOf(route: Route): readonly string[] {
  return [...route.ingress, ...route.egress, route.destination]
}

/**
 * The socket of a listener, like `tcp:8080`, `udp:53@10.0.0.1` or `unix:/tmp/s`. Two listeners of one proxy with overlapping
 * sockets conflict, except for UDP, where the newer one gets new sessions and both keep their old ones. The proxy supports an
 * address only for UDP: all others listen on all addresses.
 */
export function socketOf(spec: ListenerSpec): string {
  switch (spec.protocol) {
    case 'UDP':
      return isEverywhere(spec.address) ? `udp:${spec.port}` : `udp:${spec.port}@${spec.address}`
    case 'TCP':
    case 'HTTP':
    case 'WebSocket':
      return `tcp:${spec.port}`
    case 'UnixDomainSocket':
      return `unix:${normalize(String(spec.filename))}`
    case 'JSONSocket':
      return socketOf(spec.transport)
  }
}

function isEverywhere(address: string | undefined): boolean {
  return address === undefined || ['', '0.0.0.0', '::'].includes(address)
}

/** A socket without its address, which is equal for overlapping sockets. */
export function portOfSocket(socket: string): string {
  return socket.startsWith('udp:') ? socket.replace(/@.*$/, '') : socket
}

/** Whether sockets overlap: their addresses are equal, or one of them is on all addresses. */
export function overlap(a: string, b: string): boolean {
  const [port, other] = [portOfSocket(a), portOfSocket(b)]
  return port === other && (a === b || a === port || b === other)
}

/** The TCP port of a listener, if it has one. */
export function tcpPortOf(listener: Listener): number | undefined {
  const [family, port] = socketOf(listener.spec).split(':')
  return family === 'tcp' ? Number(port) : undefined
}

/** The transport of a listener; undefined for HTTP, which has no separate one. */
export function transportOf(spec: ListenerSpec): TransportListenerSpec | undefined {
  if (spec.protocol === 'HTTP') return undefined
  return spec.protocol === 'JSONSocket' ? spec.transport : spec
}

/**
 * Whether deleting a listener ends its sessions: the proxy's WebSocket server closes its clients, and the session of a UDP
 * singleton uses the socket of the listener.
 */
export function endsItsSessions(spec: ListenerSpec): boolean {
  if (spec.protocol === 'JSONSocket') return endsItsSessions(spec.transport)
  return spec.protocol === 'WebSocket' || (spec.protocol === 'UDP' && isSingleton(spec))
}

/** A listener with a single session, with the peer in its spec. */
export function isSingleton({ connect, options }: UdpListenerSpec): boolean {
  return Boolean(connect?.address && connect.port) && (options?.mode ?? 'singleton') === 'singleton'
}
