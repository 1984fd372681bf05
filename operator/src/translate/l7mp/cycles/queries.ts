/** The queries that find out where sessions go round. They read what is written, and not what is made of it. */
import { isDeepStrictEqual } from 'node:util'
import { overlap, portOfSocket, socketOf } from '@l7mesh/proxy-client'
import { claimOf, decide } from '../../fleet/conflicts.ts'
import { ownSockets } from '../../fleet/shared-addresses.ts'
import { changes } from '../../incremental/indexes.ts'
import { identical, type Memo, type Query, sameMap } from '../../incremental/memo.ts'
import type { WholeMesh } from '../resource-queries.ts'
import { listKey, nextLists } from '../rulelists.ts'
import { type Ring, ringsFrom } from './cycles.ts'
import { type Outline, outlineOf } from './outlines.ts'

type Queries = Pick<WholeMesh, 'outline' | 'ring' | 'appliedRing' | 'holder' | 'podSet'>

export function createCircles(memo: Memo, mesh: () => WholeMesh): Queries {
  const outline = memo.query<Outline>(list => outlineOf(list, mesh()))
  const podSet = memo.query<ReadonlySet<string>>(key => new Set(mesh().frontend(key).pods))
  const rings = memo.query<ReadonlyMap<string, Ring>>((_, before) => {
    const acts = (list: string, ring: readonly string[]) => actOnAll(list, ring, mesh())
    return kept(ringsFrom(mesh().world.keys('VirtualService'), outline, acts), before)
  }, sameMap)
  return {
    outline,
    podSet,
    ring: foundAhead(memo, rings),
    appliedRing: foundAhead(memo, createAppliedRings(memo, mesh)),
    holder: memo.query(text => {
      const space = text.indexOf(' ')
      return holderAt(text.slice(0, space), text.slice(space + 1), mesh())
    }, identical),
  }
}

/** Rings of rulelists that apply each other, or have each other's rules. */
function createAppliedRings(memo: Memo, mesh: () => WholeMesh): Query<ReadonlyMap<string, Ring>> {
  const next = memo.query<Outline>(list => [{ isAlways: false, leads: nextLists(list, mesh().world) }])
  const listOf = memo.query(rule =>
    listKey(mesh().world.rule(rule)?.spec?.rulelist, mesh().world.rule(rule)?.metadata.namespace ?? 'default'),
  )
  return memo.query<ReadonlyMap<string, Ring>>((_, before) => {
    const { world } = mesh()
    const own = world.keys('Rule').flatMap(rule => listOf(rule) ?? [])
    return kept(
      ringsFrom([...world.keys('VirtualService'), ...own], next, () => () => false),
      before,
    )
  }, sameMap)
}

/** Found at the beginning of a round: so what reads of one ring is in doubt only where that one has changed. */
function foundAhead(memo: Memo, rings: Query<ReadonlyMap<string, Ring>>): Query<Ring | undefined> {
  let known: ReadonlyMap<string, Ring> = new Map()
  const find = () => {
    known = rings('')
    return known
  }
  return memo.input(list => known.get(list), find, identical, changedKeys)
}

/** The same rings as before where they are equal, so that what was made with them stays. */
function kept(rings: ReadonlyMap<string, Ring>, before: ReadonlyMap<string, Ring> | undefined) {
  const known = new Map<Ring, Ring>()
  for (const [list, ring] of rings) {
    const old = before?.get(list)
    if (!known.has(ring)) known.set(ring, old !== undefined && isDeepStrictEqual(old, ring) ? old : ring)
  }
  return new Map([...rings].map(([list, ring]) => [list, known.get(ring) ?? ring]))
}

function changedKeys(now: ReadonlyMap<string, Ring>, before: ReadonlyMap<string, Ring>): readonly string[] {
  return changes(now, before).map(({ key }) => key)
}

function actOnAll(list: string, ring: readonly string[], mesh: WholeMesh): (rule: string) => boolean {
  let others: Set<string> | undefined
  return rule => {
    others ??= audienceOf(list, ring, mesh)
    for (const pod of mesh.placement(`Rule/${rule}`).pods) others.delete(pod)
    return others.size === 0
  }
}

function audienceOf(list: string, ring: readonly string[], mesh: WholeMesh): Set<string> {
  const lists = mesh.world.virtualService(list) === undefined ? ring : [list]
  const pods = lists.flatMap(one => mesh.frontend(one).pods)
  return new Set(pods.filter(pod => mesh.world.proxy(pod) !== undefined))
}

/** Of several proxies at one address the oldest has the socket. */
function holderAt(address: string, port: string, mesh: WholeMesh): string | undefined {
  const { world } = mesh
  for (const key of world.proxiesAt(address)) {
    const proxy = world.proxy(key)
    if (proxy === undefined) continue
    const services = world.listenersAt(port).filter(service => mesh.podSet(service).has(key))
    const claims = services.flatMap(service => {
      const created = world.virtualService(service)?.metadata.creationTimestamp ?? ''
      return claimOf(service, { listener: mesh.frontend(service).listener, created })
    })
    const { winners } = decide(claims, ownSockets(proxy))
    const reached = `${port}@${address}`
    const holder = winners.find(({ listener }) => {
      const socket = socketOf(listener.spec)
      return socket === portOfSocket(socket) || overlap(socket, reached)
    })
    if (holder !== undefined) return holder.key
  }
  return undefined
}
