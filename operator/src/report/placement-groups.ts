/**
 * Groups of proxies that are selected by the same resources, with subgroups of proxies that lack the same objects. The
 * units of the tally (`placement-tally`).
 */
import type { ResourceKey } from '../sources/snapshot.ts'
import type { DesiredProxy } from '../translate/desired.ts'
import type { Placement, ProxyPlacements, ProxyReport } from './placements.ts'

export type Parts = DesiredProxy['parts']
type Unreachable = Extract<ProxyPlacements, { readonly kind: 'unreachable' }>
type Partial = Extract<ProxyPlacements, { readonly kind: 'partial' }>

export type Member = {
  readonly key: string
  /** Its position in the order of the fleet. */
  readonly rank: number
  readonly report: ProxyReport
  readonly group: ProxyGroup
  /** undefined: it holds all objects of every resource. */
  readonly shortfall: Unreachable | PartialGroup | undefined
}

/** A set of proxies that knows its first member in the order of the fleet. */
export class Members {
  readonly #members = new Set<Member>()
  #first: Member | undefined

  get size(): number {
    return this.#members.size
  }

  add(member: Member): void {
    this.#members.add(member)
    if (this.#members.size === 1 || (this.#first && member.rank < this.#first.rank)) this.#first = member
  }

  delete(member: Member): void {
    this.#members.delete(member)
    if (this.#first === member) this.#first = undefined
  }

  get first(): Member | undefined {
    if (this.#first === undefined)
      for (const member of this.#members)
        if (this.#first === undefined || member.rank < this.#first.rank) this.#first = member
    return this.#first
  }
}

/** Proxies that are selected by the same resources. Complete ones are only counted. */
export class ProxyGroup {
  readonly parts: Parts
  readonly #unreachable = new Members()
  readonly #partials = new Map<string, PartialGroup>()
  #total = 0
  #reported: GroupSummary = NO_PROXY

  constructor(parts: Parts) {
    this.parts = parts
  }

  get total(): number {
    return this.#total
  }

  join(member: Member): void {
    this.#total += 1
    this.#subgroupOf(member)?.add(member)
  }

  leave(member: Member): void {
    this.#total -= 1
    this.#subgroupOf(member)?.delete(member)
  }

  partial(placements: Partial): PartialGroup {
    const { key } = placements
    const partial = this.#partials.get(key) ?? new PartialGroup(placements, () => this.#partials.delete(key))
    this.#partials.set(key, partial)
    return partial
  }

  /** The part of a summary that is the same for all resources of the group. */
  summary(): GroupSummary {
    const { size, first } = this.#unreachable
    const placement = isUnreachable(first?.shortfall) ? first.shortfall.placement : undefined
    return { total: this.#total, unreachable: size, first, placement }
  }

  /** Whether `summary` has changed since the last call. */
  hasChanged(): boolean {
    const [before, now] = [this.#reported, this.summary()]
    this.#reported = now
    return (
      before.total !== now.total ||
      before.unreachable !== now.unreachable ||
      before.first?.key !== now.first?.key ||
      !isSamePlacement(before.placement, now.placement)
    )
  }

  #subgroupOf({ shortfall }: Member): Members | undefined {
    return isUnreachable(shortfall) ? this.#unreachable : shortfall?.members
  }
}

export type GroupSummary = {
  readonly total: number
  readonly unreachable: number
  /** The first unreachable member. */
  readonly first: Member | undefined
  /** The placement of every resource on `first`. */
  readonly placement: Placement | undefined
}
const NO_PROXY: GroupSummary = { total: 0, unreachable: 0, first: undefined, placement: undefined }

/** Proxies of a group with the same exceptions. */
export class PartialGroup {
  readonly kind = 'partial'
  readonly members = new Members()
  /** Removes it from its group. */
  readonly dissolve: () => void
  #judge: Partial['exceptions'] | undefined
  #exceptions: ReadonlyMap<ResourceKey, Placement> = new Map()

  constructor({ exceptions }: Partial, dissolve: () => void) {
    this.#judge = exceptions
    this.dissolve = dissolve
  }

  /** Computed when it is first read. */
  get exceptions(): ReadonlyMap<ResourceKey, Placement> {
    if (this.#judge) this.#exceptions = this.#judge()
    this.#judge = undefined
    return this.#exceptions
  }

  get isJudged(): boolean {
    return this.#judge === undefined
  }
}

export function isSameShortfall(a: Member['shortfall'], b: Member['shortfall']): boolean {
  return a === b || (isUnreachable(a) && isUnreachable(b) && isSamePlacement(a.placement, b.placement))
}

function isUnreachable(shortfall: Member['shortfall']): shortfall is Unreachable {
  return shortfall?.kind === 'unreachable'
}

function isSamePlacement(a: Placement | undefined, b: Placement | undefined): boolean {
  return a?.reason === b?.reason && a?.message === b?.message
}
