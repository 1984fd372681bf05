/**
 * Proxies that are at one address, as those of one node with `hostNetwork` are: a socket there can be had once, so of
 * those that want it the oldest has it.
 */
import { overlap, portOfSocket, socketOf } from '@l7mesh/proxy-client'
import type { Pod } from '../../kinds/core-types.ts'
import type { Problem, ProxyRef } from '../desired.ts'
import { podAddresses } from '../lookup/pods.ts'
import { plainForm } from '../predicates/address-forms.ts'
import { type Claim, decide, portConflict } from './conflicts.ts'

/** A proxy, and what it would hold if it were alone. */
export type Neighbour = { readonly proxy: ProxyRef; readonly claims: readonly Claim[] }

/** The sockets that neighbours have and a proxy wants, by its key; only of those that want any. */
export type Crowding = {
  readonly taken: ReadonlyMap<string, readonly string[]>
  /** By key of the VirtualService that is not on all proxies that it selects. */
  readonly conflicts: ReadonlyMap<string, Problem>
}

/** Groups of proxies at one address, the oldest of each first. */
export function crowdsIn(proxies: readonly string[], pod: (key: string) => Pod | undefined): readonly string[][] {
  const addressOfNode = new Map<string, string>()
  const members = proxies.map(key => {
    const { metadata, spec } = pod(key) ?? {}
    const [own = ''] = podAddresses(pod(key))
    const node = spec?.hostNetwork === true ? spec.nodeName : undefined
    const address = node === undefined ? own : (addressOfNode.get(node) ?? own)
    if (node !== undefined) addressOfNode.set(node, address)
    return { key, address, created: metadata?.creationTimestamp ?? '' }
  })
  return [...Map.groupBy(members, ({ address }) => address).values()]
    .filter(crowd => crowd.length > 1)
    .map(crowd => crowd.toSorted(byAge).map(({ key }) => key))
}

/** All proxies by each of their addresses in plain form, the oldest first. */
export function proxiesByAddress(
  proxies: readonly string[],
  pod: (key: string) => Pod | undefined,
): ReadonlyMap<string, readonly string[]> {
  const members = proxies
    .map(key => ({ key, created: pod(key)?.metadata.creationTimestamp ?? '' }))
    .toSorted(byAge)
    .flatMap(({ key }) => podAddresses(pod(key)).map(address => ({ key, address: plainForm(address) ?? address })))
  return new Map(
    [...Map.groupBy(members, ({ address }) => address)].map(([address, at]) => [address, at.map(({ key }) => key)]),
  )
}

function byAge(a: { key: string; created: string }, b: { key: string; created: string }): number {
  if (a.created !== b.created) return a.created < b.created ? -1 : 1
  return a.key < b.key ? -1 : 1
}

/** What each of a crowd cannot have: what an older one has, and what any needs for itself. The oldest is first. */
export function crowding(crowd: readonly Neighbour[]): Crowding {
  const taken = new Map<string, readonly string[]>()
  const conflicts = new Map<string, Problem>()
  const held: Held[] = crowd.flatMap(({ proxy }) => ownOf(proxy))
  for (const { proxy, claims } of crowd) {
    // Two with one REST API are one process.
    const others = held.filter(({ port }) => port !== proxy.port)
    const wanted = Map.groupBy(
      claims.map(({ listener }) => socketOf(listener.spec)),
      portOfSocket,
    )
    const lost = others.filter(({ socket }) => wanted.get(portOfSocket(socket))?.some(one => overlap(one, socket)))
    if (lost.length > 0) taken.set(proxy.key, [...new Set(lost.map(({ socket }) => socket))].sort())
    const holders = new Map([...ownSockets(proxy), ...lost.map(({ socket, holder }) => [socket, holder] as const)])
    const { winners, conflicts: found } = decide(claims, holders)
    for (const [key, { socket, holder }] of found)
      if (lost.some(one => one.holder === holder) && !conflicts.has(key))
        conflicts.set(key, portConflict(`The socket ${socket} is taken by ${holder}; proxy ${proxy.key} is ${ADVICE}`))
    held.push(...heldBy(proxy, winners))
  }
  return { taken, conflicts }
}

const ADVICE = 'at the same address, and only one of the two can have it. Select one of them, or choose another port.'

/** `port`: of the REST API of the proxy that has it. */
type Held = { readonly socket: string; readonly port: number; readonly holder: string }

/** The sockets of a file system are each pod's own. */
function heldBy({ key, port }: ProxyRef, winners: readonly Claim[]): readonly Held[] {
  return winners
    .map(({ listener }) => socketOf(listener.spec))
    .filter(socket => !socket.startsWith('unix:'))
    .map(socket => ({ socket, port, holder: `the older proxy ${key}` }))
}

function ownOf(proxy: ProxyRef): readonly Held[] {
  const { key, port } = proxy
  return [...ownSockets(proxy).keys()].map(socket => ({ socket, port, holder: `proxy ${key} for itself` }))
}

/** What a proxy has for itself. */
export function ownSockets(
  { port, metricsPort }: Pick<ProxyRef, 'port' | 'metricsPort'>,
  whose = 'the proxy itself',
): ReadonlyMap<string, string> {
  const sockets = new Map([[`tcp:${port}`, `the REST API of ${whose}`]])
  if (metricsPort !== undefined) sockets.set(`tcp:${metricsPort}`, `the metrics of ${whose}`)
  return sockets
}
