/** Looking into configs: the few questions that diff, plan and read-back all ask. */
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

/** An endpoint together with the cluster that it is in: the proxy lists endpoints under their clusters only. */
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

/** The same entries in a map of its own. `new Map(map)` takes twice as long, and edits of large configs are copies. */
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
 * The socket that a listener takes, like `tcp:8080`, `udp:53@10.0.0.1` or `unix:/tmp/s`. Two listeners of one proxy whose
 * sockets overlap are in each other's way, but for UDP, where the newer takes the new sessions and both keep their old
 * ones. The proxy heeds an address for UDP alone: everything else listens on all of them.
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

/** A socket without its address: sockets that overlap have this in common. */
export function portOfSocket(socket: string): string {
  return socket.startsWith('udp:') ? socket.replace(/@.*$/, '') : socket
}

/** Whether both want the same datagrams or connections: on equal addresses, or where one of them is on all addresses. */
export function overlap(a: string, b: string): boolean {
  const [port, other] = [portOfSocket(a), portOfSocket(b)]
  return port === other && (a === b || a === port || b === other)
}

/** The TCP port that a listener listens on, where it does. */
export function tcpPortOf(listener: Listener): number | undefined {
  const [family, port] = socketOf(listener.spec).split(':')
  return family === 'tcp' ? Number(port) : undefined
}

/** What a listener listens on; undefined for HTTP, which is its own. */
export function transportOf(spec: ListenerSpec): TransportListenerSpec | undefined {
  if (spec.protocol === 'HTTP') return undefined
  return spec.protocol === 'JSONSocket' ? spec.transport : spec
}

/**
 * True where a listener that goes takes its sessions with it: the proxy's WebSocket server closes its clients, and the
 * one session of a UDP singleton has the listener's own socket.
 */
export function endsItsSessions(spec: ListenerSpec): boolean {
  if (spec.protocol === 'JSONSocket') return endsItsSessions(spec.transport)
  return spec.protocol === 'WebSocket' || (spec.protocol === 'UDP' && isSingleton(spec))
}

/** True where there is one session, with the peer that the listener names. */
export function isSingleton({ connect, options }: UdpListenerSpec): boolean {
  return Boolean(connect?.address && connect.port) && (options?.mode ?? 'singleton') === 'singleton'
}
