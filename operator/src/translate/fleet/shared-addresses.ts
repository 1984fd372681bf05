/**
 * Proxies at one address, as those of one node with `hostNetwork` are: a socket there can be had once, so of those that
 * claim it the oldest proxy has it.
 */
import { overlap, portOfSocket, socketOf } from '@l7mesh/proxy-client'
import type { ResourceKey } from '../../sources/snapshot.ts'
import type { Problem, ProxyRef } from '../desired.ts'
import type { Memo, Query } from '../incremental/memo.ts'
import type { Lookup } from '../lookup/lookup.ts'
import { type Claim, decide, ownSockets, portConflict } from '../sockets.ts'
import type { Placement } from './placement.ts'

/** A proxy, and the claims of all resources on it. */
type Member = { readonly proxy: ProxyRef; readonly claims: readonly Claim[] }

export type AddressConflicts = {
  /** By key of a proxy, the sockets that others at its address have and that it wants; only of those that want any. */
  readonly taken: ReadonlyMap<string, readonly string[]>
  /** By resource that is not on all proxies that it selects. */
  readonly conflicts: ReadonlyMap<ResourceKey, Problem>
}

export function createAddressConflicts(
  memo: Memo,
  lookup: Lookup,
  { selections, resourcesOf }: Placement,
): Query<AddressConflicts, []> {
  const member = (key: string): readonly Member[] => {
    const proxy = lookup.proxy(key)
    if (proxy === undefined) return []
    const resources = selections().flatMap(one => (lookup.selectedPodSet(one).has(key) ? resourcesOf(one) : []))
    const claims = resources.map(one => one.fragments.claim(one.key)).filter(claim => claim !== undefined)
    return [{ proxy, claims }]
  }
  return memo.query<AddressConflicts, []>(() => {
    const all = lookup.proxiesSharingAddress().map(keys => addressConflicts(keys.flatMap(member)))
    return {
      taken: new Map(all.flatMap(({ taken }) => [...taken])),
      conflicts: new Map(all.toReversed().flatMap(({ conflicts }) => [...conflicts])),
    }
  })
}

/** What each of several at one address cannot have: what an older one has, and what any needs for itself. The oldest is first. */
function addressConflicts(members: readonly Member[]): AddressConflicts {
  const taken = new Map<string, readonly string[]>()
  const conflicts = new Map<ResourceKey, Problem>()
  const held: Held[] = members.flatMap(({ proxy }) => ownOf(proxy))
  for (const { proxy, claims } of members) {
    // Two with one REST API are one process.
    const others = held.filter(({ port }) => port !== proxy.port)
    const wanted = Map.groupBy(
      claims.map(({ listener }) => socketOf(listener.spec)),
      portOfSocket,
    )
    const lost = others.filter(({ socket }) => wanted.get(portOfSocket(socket))?.some(one => overlap(one, socket)))
    if (lost.length > 0) taken.set(proxy.key, [...new Set(lost.map(({ socket }) => socket))].sort())
    const holders = new Map([...ownSockets(proxy), ...lost.map(({ socket, holder }) => [socket, holder] as const)])
    const { winners, losers } = decide(claims, holders)
    for (const { claim, socket, holder } of losers)
      if (lost.some(one => one.holder === holder) && !conflicts.has(claim.resource))
        conflicts.set(
          claim.resource,
          portConflict(claim, `The socket ${socket} is taken by ${holder}; proxy ${proxy.key} is ${ADVICE}`),
        )
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
