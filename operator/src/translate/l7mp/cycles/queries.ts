/** The queries that find cycles of rulelists. They read resources, not the objects built from them. */
import { isDeepStrictEqual } from 'node:util'
import { type Cluster, overlap, portOfSocket, socketOf } from '@l7mesh/proxy-client'
import { changedKeys } from '../../incremental/indexes.ts'
import { identical, type Memo, type Query, sameMap } from '../../incremental/memo.ts'
import type { Lookup } from '../../lookup/lookup.ts'
import { listKey } from '../../lookup/rulelist-names.ts'
import type { Selection } from '../../lookup/selections.ts'
import { type Claim, decide, ownSockets } from '../../sockets.ts'
import type { ListenerProtocol } from '../fields/listener-protocol.ts'
import { copiedList, listExists, nextLists } from '../references/rulelists.ts'
import type { ServiceQuery } from '../references/service-ports.ts'
import { type Copy, followCopies, type Step } from './copies.ts'
import { type Cycle, findCycles } from './find-cycles.ts'
import { listenersOfVirtualService } from './next-listeners.ts'
import { type Outline, outlineOf } from './outlines.ts'

/** The queries that the search for cycles reads. Keys are `NAMESPACE/NAME`. */
export type CycleInputs = {
  readonly lookup: Lookup
  /** The implied cluster of a Service; undefined if it has a problem. */
  readonly service: Query<{ readonly built: { readonly cluster: Cluster } | undefined }, ServiceQuery>
  /** The socket that a VirtualService claims; undefined if it has no listener. */
  readonly claim: Query<Claim | undefined>
  readonly selectionOfVirtualService: Query<Selection | undefined>
  readonly selectionOfRule: Query<Selection | undefined>
  /** The protocol of the sessions of a rulelist. */
  readonly protocolOfList: Query<ListenerProtocol>
}

export type CycleQueries = {
  /** The outline of a rulelist. */
  readonly outline: Query<Outline>
  /** The cycle that a rulelist is in, by routes or `apply`. */
  readonly cycle: Query<Cycle | undefined>
  /** The cycle that a rulelist is in, by `apply` or `rulesRef`. */
  readonly applyCycle: Query<Cycle | undefined>
  /** The source of the rules of a VirtualService with a `rulesRef`. */
  readonly copy: Query<Copy | undefined>
  /** The VirtualService whose listener is at an address and port; the latter as `udp:53`. */
  readonly holder: Query<string | undefined, [address: string, port: string]>
  /** The VirtualServices whose listeners get the sessions that are sent to a VirtualService. */
  readonly listenersOf: Query<readonly string[]>
  /** Whether two selections have a pod in common, or the second has none. */
  readonly meet: Query<boolean, [Selection, Selection]>
}

export function createCycleQueries(
  memo: Memo,
  lookup: Lookup,
  queries: () => CycleInputs & CycleQueries,
): CycleQueries {
  const outline = memo.query<Outline>(list => outlineOf(list, queries()))
  const cycles = memo.patched<ReadonlyMap<string, Cycle>, []>(before => {
    const acts = (list: string, cycle: readonly string[]) => actOnAll(list, cycle, queries())
    return kept(findCycles(lookup.virtualServices.keys(), outline, acts), before)
  }, sameMap)
  return {
    outline,
    cycle: foundAhead(memo, cycles),
    applyCycle: foundAhead(memo, createApplyCycles(memo, lookup)),
    copy: foundAhead(memo, createCopies(memo, lookup)),
    holder: memo.query<string | undefined, [string, string]>((address, port) => holderAt(address, port, queries())),
    listenersOf: memo.query<readonly string[]>(key => listenersOfVirtualService(key, queries())),
    meet: memo.query<boolean, [Selection, Selection]>((one, other) => {
      const pods = lookup.selectedPodSet(other)
      return pods.size === 0 || one === other || lookup.selectedPods(one).some(pod => pods.has(pod))
    }),
  }
}

/** Cycles of rulelists that apply each other, or have each other's rules. */
function createApplyCycles(memo: Memo, lookup: Lookup): Query<ReadonlyMap<string, Cycle>, []> {
  const next = memo.query<Outline>(list => [{ isAlways: false, next: nextLists(list, lookup) }])
  const listOf = memo.query<string | undefined>(key => {
    const rule = lookup.rules.get(key)
    return listKey(rule?.spec?.rulelist, rule?.metadata.namespace ?? 'default')
  })
  return memo.patched<ReadonlyMap<string, Cycle>, []>(before => {
    const own = lookup.rules.keys().flatMap(rule => listOf(rule) ?? [])
    const starts = [...lookup.virtualServices.keys(), ...own]
    return kept(
      findCycles(starts, next, () => () => false),
      before,
    )
  }, sameMap)
}

function createCopies(memo: Memo, lookup: Lookup): Query<ReadonlyMap<string, Copy>, []> {
  const step = memo.query<Step>(list => {
    const copied = copiedList(lookup.virtualServices.get(list))
    if (copied === undefined || !listExists(copied, lookup)) return { copied: undefined, hasInserted: false }
    return { copied, hasInserted: lookup.rulesOf(list).length > 0 }
  })
  return memo.patched<ReadonlyMap<string, Copy>, []>(
    before => kept(followCopies(lookup.virtualServices.keys(), step), before),
    sameMap,
  )
}

/** Computed at the beginning of a round, so that a reader of one entry is outdated only if that entry changed. */
function foundAhead<T extends object>(memo: Memo, all: Query<ReadonlyMap<string, T>, []>): Query<T | undefined> {
  let known: ReadonlyMap<string, T> = new Map()
  const find = () => {
    known = all()
    return known
  }
  return memo.input<T | undefined, ReadonlyMap<string, T>>(list => known.get(list), find, identical, changedKeys)
}

/** Equal entries keep their identity. Several lists may have one. */
function kept<T extends object>(
  entries: ReadonlyMap<string, T>,
  before: ReadonlyMap<string, T> | undefined,
): ReadonlyMap<string, T> {
  const known = new Map<T, T>()
  for (const [list, entry] of entries) {
    const old = before?.get(list)
    if (!known.has(entry)) known.set(entry, old !== undefined && isDeepStrictEqual(old, entry) ? old : entry)
  }
  return new Map([...entries].map(([list, entry]) => [list, known.get(entry) ?? entry]))
}

function actOnAll(list: string, cycle: readonly string[], queries: CycleInputs): (rule: string) => boolean {
  let others: Set<string> | undefined
  return rule => {
    others ??= proxiesOf(list, cycle, queries)
    const selection = queries.selectionOfRule(rule)
    for (const pod of selection === undefined ? [] : queries.lookup.selectedPods(selection)) others.delete(pod)
    return others.size === 0
  }
}

/** The proxies on which sessions get to a list from the others of its cycle. */
function proxiesOf(list: string, cycle: readonly string[], queries: CycleInputs): Set<string> {
  const { lookup } = queries
  const lists = lookup.virtualServices.has(list) ? [list] : cycle
  const selections = new Set(lists.map(queries.selectionOfVirtualService).filter(one => one !== undefined))
  const pods = [...selections].flatMap(selection => lookup.selectedPods(selection))
  return new Set(pods.filter(pod => lookup.proxy(pod) !== undefined))
}

/** Of several proxies at one address, the oldest has the socket. */
function holderAt(address: string, port: string, queries: CycleInputs): string | undefined {
  const { lookup } = queries
  const reached = `${port}@${address}`
  for (const key of lookup.proxiesAt(address)) {
    const proxy = lookup.proxy(key)
    if (proxy === undefined) continue
    const claims = claimsAt(port, key, queries)
    const holder = decide([...claims.keys()], ownSockets(proxy)).winners.find(({ listener }) => {
      const socket = socketOf(listener.spec)
      return socket === portOfSocket(socket) || overlap(socket, reached)
    })
    if (holder !== undefined) return claims.get(holder)
  }
  return undefined
}

/** The claims of VirtualServices on a port of a proxy, each with the key of its VirtualService. */
function claimsAt(port: string, proxy: string, queries: CycleInputs): ReadonlyMap<Claim, string> {
  const { lookup } = queries
  const services = lookup.listenersAt(port).filter(service => {
    const selection = queries.selectionOfVirtualService(service)
    return selection !== undefined && lookup.selectedPodSet(selection).has(proxy)
  })
  return new Map(
    services.flatMap(service => {
      const claim = queries.claim(service)
      return claim === undefined ? [] : [[claim, service] as const]
    }),
  )
}
