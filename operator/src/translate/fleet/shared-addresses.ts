/**
 * Proxies at one address, like those of one node with `hostNetwork`: only one of them can listen on a socket. The oldest
 * proxy that claims a socket gets it; of equally old ones, the first by name.
 */
import { overlap, portOfSocket, socketOf } from '@l7mesh/proxy-client'
import type { ResourceKey } from '../../sources/snapshot.ts'
import type { Problem, ProxyRef } from '../desired.ts'
import { identical, type Memo, type Query } from '../incremental/memo.ts'
import type { Lookup } from '../lookup/lookup.ts'
import { type Claim, decide, ownSockets, portConflict, precedence } from '../sockets.ts'
import type { Placement } from './placement.ts'

/** A proxy, its creation timestamp, and the claims of all resources on it. */
type Member = { readonly proxy: ProxyRef; readonly created: string; readonly claims: readonly Claim[] }

export type AddressConflicts = {
  /** By key of a proxy, the sockets that it claims and that others at its address have, if any. */
  readonly taken: ReadonlyMap<string, readonly string[]>
  /** By resource that cannot be on all proxies that it selects. */
  readonly conflicts: ReadonlyMap<ResourceKey, Problem>
}

export function createAddressConflicts(
  memo: Memo,
  lookup: Lookup,
  { selections, resourcesOf }: Placement,
): Query<AddressConflicts, []> {
  const created = memo.query<string>(key => lookup.pods.get(key)?.metadata.creationTimestamp ?? '', identical)
  const member = (key: string): readonly Member[] => {
    const proxy = lookup.proxy(key)
    if (proxy === undefined) return []
    const resources = selections().flatMap(one => (lookup.selectedPodSet(one).has(key) ? resourcesOf(one) : []))
    const claims = resources.map(one => one.fragments.claim(one.key)).filter(claim => claim !== undefined)
    return [{ proxy, created: created(key), claims }]
  }
  return memo.query<AddressConflicts, []>(() => {
    const all = lookup.proxiesSharingAddress().map(keys => addressConflicts(keys.flatMap(member)))
    return {
      taken: new Map(all.flatMap(({ taken }) => [...taken])),
      conflicts: new Map(all.toReversed().flatMap(({ conflicts }) => [...conflicts])),
    }
  })
}

/** The sockets that each proxy at an address cannot have: those of preceding proxies, and those that any proxy uses itself. */
function addressConflicts(members: readonly Member[]): AddressConflicts {
  const taken = new Map<string, readonly string[]>()
  const conflicts = new Map<ResourceKey, Problem>()
  const held: Held[] = members.flatMap(({ proxy }) => ownOf(proxy))
  for (const { proxy, created, claims } of members) {
    // Two proxies with the same REST API are one process.
    const others = held.filter(({ port }) => port !== proxy.port)
    const wanted = Map.groupBy(
      claims.map(({ listener }) => socketOf(listener.spec)),
      portOfSocket,
    )
    const lost = others
      .filter(({ socket }) => wanted.get(portOfSocket(socket))?.some(one => overlap(one, socket)))
      .map(one => ({ socket: one.socket, holder: titleOf(one, created) }))
    if (lost.length > 0) taken.set(proxy.key, [...new Set(lost.map(({ socket }) => socket))].sort())
    const holders = new Map([...ownSockets(proxy), ...lost.map(({ socket, holder }) => [socket, holder] as const)])
    const { winners, losers } = decide(claims, holders)
    for (const { claim, socket, holder } of losers)
      if (lost.some(one => one.holder === holder) && !conflicts.has(claim.resource))
        conflicts.set(
          claim.resource,
          portConflict(claim, `The socket ${socket} is in use by ${holder}; proxy ${proxy.key} is ${ADVICE}`),
        )
    held.push(...heldBy(proxy, created, winners))
  }
  return { taken, conflicts }
}

const ADVICE = 'at the same address, and only one of them can use it. Select one of them, or choose another port.'

/** A socket of a proxy. `port` is that of the REST API of the proxy; `created` is undefined for what the proxy itself uses. */
type Held = {
  readonly socket: string
  readonly port: number
  readonly proxy: string
  readonly created: string | undefined
}

/** For a proxy that was created then. */
function titleOf(held: Held, created: string): string {
  return held.created === undefined
    ? `proxy ${held.proxy} for itself`
    : `proxy ${held.proxy}, ${precedence(held.created, created)}`
}

/** Without Unix domain sockets, which are in the file system of each pod. */
function heldBy({ key, port }: ProxyRef, created: string, winners: readonly Claim[]): readonly Held[] {
  return winners
    .map(({ listener }) => socketOf(listener.spec))
    .filter(socket => !socket.startsWith('unix:'))
    .map(socket => ({ socket, port, proxy: key, created }))
}

function ownOf(proxy: ProxyRef): readonly Held[] {
  const { key, port } = proxy
  return [...ownSockets(proxy).keys()].map(socket => ({ socket, port, proxy: key, created: undefined }))
}
