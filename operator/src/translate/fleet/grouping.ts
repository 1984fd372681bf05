/**
 * Groups of proxies with equal configs: those in the same selections, with the same ports of their own, and with the same
 * sockets taken by others at their address. A new resource with a known selection changes no group.
 */
import type { ProxyRef } from '../desired.ts'
import { createInterner } from '../incremental/intern.ts'
import { identical, type Memo, type Query, sameList } from '../incremental/memo.ts'
import { Table } from '../incremental/table.ts'
import type { Lookup } from '../lookup/lookup.ts'
import type { Selection } from '../lookup/selections.ts'
import type { Placement } from './placement.ts'

/** The common properties of the proxies of a group. */
export type Group = {
  /** The ports that each proxy itself uses. */
  readonly own: Pick<ProxyRef, 'port' | 'metricsPort'>
  /** The sockets that other proxies at the address of each have. */
  readonly takenByOthers: readonly string[]
  readonly selections: readonly Selection[]
}

export type Grouping = {
  /** By an id, which is stable while resources and proxies change. */
  readonly groups: ReadonlyMap<number, Group>
  readonly groupOf: ReadonlyMap<string, number>
  /** The next free id. */
  readonly next: number
}

type Taken = ReadonlyMap<string, readonly string[]>

/** `taken`: by key of a proxy, the sockets that others at its address have. */
export function createGrouping(
  memo: Memo,
  lookup: Lookup,
  { selections }: Placement,
  taken: Query<Taken, []>,
): Query<Grouping, []> {
  const intern = createInterner<readonly string[]>(pods => pods.join())
  const audience = memo.query<readonly string[], [Selection]>(
    selection => intern(lookup.selectedPods(selection)),
    identical,
  )
  return memo.patched<Grouping, []>(before => {
    const branches = startingBranches(lookup, taken())
    for (const [pods, together] of Map.groupBy(selections(), audience))
      for (const pod of pods) {
        const branch = branches.get(pod)
        if (branch !== undefined) branches.set(pod, branch.in(together))
      }
    return numbered(branches, before)
  }, sameGrouping)
}

/** Proxies that are in the same selections so far. */
class Branch {
  readonly group: Group
  readonly #next = new Map<readonly Selection[], Branch>()

  constructor(group: Group) {
    this.group = group
  }

  in(selections: readonly Selection[]): Branch {
    const known = this.#next.get(selections)
    if (known !== undefined) return known
    const next = new Branch({ ...this.group, selections: [...this.group.selections, ...selections] })
    this.#next.set(selections, next)
    return next
  }
}

/** Proxies differ in their own ports, and in the sockets that others at their address have. */
function startingBranches(lookup: Lookup, taken: Taken): Map<string, Branch> {
  const starts = new Table<Branch>()
  return new Map(
    lookup.proxies().flatMap(key => {
      const proxy = lookup.proxy(key)
      if (proxy === undefined) return []
      const { port, metricsPort } = proxy
      const takenByOthers = taken.get(key) ?? []
      const own = { port, ...(metricsPort !== undefined && { metricsPort }) }
      const start = () => new Branch({ own, takenByOthers, selections: [] })
      return [[key, starts.at([port, metricsPort, ...takenByOthers], start)] as const]
    }),
  )
}

/** A group keeps the id of the previous group with which it shares most proxies. */
function numbered(branches: ReadonlyMap<string, Branch>, before: Grouping | undefined): Grouping {
  const members = Map.groupBy(branches, ([, branch]) => branch)
  const ids = new Map<Branch, number>()
  const given = new Set<number>()
  for (const { branch, id } of overlaps(members, before)) {
    if (ids.has(branch) || given.has(id)) continue
    ids.set(branch, id)
    given.add(id)
  }
  let next = before?.next ?? 0
  for (const branch of members.keys()) if (!ids.has(branch)) ids.set(branch, next++)
  const groups = [...ids].map(([{ group }, id]) => {
    const same = before?.groups.get(id)
    return [id, same !== undefined && sameGroup(same, group) ? same : group] as const
  })
  const groupOf = new Map([...branches].map(([proxy, branch]) => [proxy, ids.get(branch) ?? next]))
  return { groups: new Map(groups), groupOf, next }
}

/** The pairs of a group and a previous one that share proxies, those with most first. */
function overlaps(
  members: ReadonlyMap<Branch, readonly (readonly [string, Branch])[]>,
  before: Grouping | undefined,
): readonly { readonly branch: Branch; readonly id: number }[] {
  return [...members]
    .flatMap(([branch, proxies]) => {
      const byId = Map.groupBy(proxies, ([proxy]) => before?.groupOf.get(proxy))
      return [...byId].flatMap(([id, common]) => (id === undefined ? [] : [{ branch, id, size: common.length }]))
    })
    .sort((a, b) => b.size - a.size)
}

function sameGroup(a: Group, b: Group): boolean {
  return (
    a.own.port === b.own.port &&
    a.own.metricsPort === b.own.metricsPort &&
    sameList(a.takenByOthers, b.takenByOthers) &&
    sameList(a.selections, b.selections)
  )
}

function sameGrouping(a: Grouping, b: Grouping): boolean {
  if (a.groups.size !== b.groups.size || a.groupOf.size !== b.groupOf.size) return false
  for (const [id, group] of a.groups) if (b.groups.get(id) !== group) return false
  for (const [proxy, id] of a.groupOf) if (b.groupOf.get(proxy) !== id) return false
  return true
}
