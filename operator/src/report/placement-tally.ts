/**
 * Counts the proxies of each resource incrementally: proxies with the same resources form a group, placements are computed
 * once for all members of a group that lack the same objects, and an update costs O(affected resources). The result equals
 * that of a new tally.
 */
import { type Compare, createCompare } from '@l7mesh/proxy-client'
import type { ResourceKey } from '../sources/snapshot.ts'
import { createIdentities } from './partial-key.ts'
import { isSameShortfall, type Member, PartialGroup, type Parts, ProxyGroup } from './placement-groups.ts'
import {
  type JudgePlacement,
  type Placement,
  type PlacementOptions,
  type ProxyReport,
  placementsOn,
} from './placements.ts'

/** One resource on all proxies. */
export type PlacementSummary = {
  readonly selected: number
  readonly programmed: number
  /** The first proxy, in the order of the fleet, that lacks objects of it. */
  readonly firstMissing: (Pick<Placement, 'reason' | 'message'> & { readonly proxy: string }) | undefined
  /** Proxies on which its listener was replaced, which ended its sessions. */
  readonly ended: number
  /** UDP sessions that remain on removed pods. */
  readonly stranded: number
}

export type PlacementTally = {
  /** `proxies`: in the order of the fleet. Returns the resources whose summary changed. */
  update(proxies: ReadonlyMap<string, ProxyReport>): ReadonlySet<ResourceKey>
  /** The same object until it changes; undefined if no proxy selects the resource. */
  summaryOf(key: ResourceKey): PlacementSummary | undefined
}

export type TallyOptions = {
  /** Cached comparisons, shared with others that compare the same configs. Default: a new cache. */
  readonly compare?: Compare
  /** Default: `judgePlacement`. */
  readonly judge?: JudgePlacement
}

export function createPlacementTally({ compare = createCompare(), judge }: TallyOptions = {}): PlacementTally {
  const tally = new Tally({ compare, identityOf: createIdentities(), ...(judge && { judge }) })
  return { update: proxies => tally.update(proxies), summaryOf: key => tally.summaryOf(key) }
}

class Tally {
  readonly #options: PlacementOptions
  readonly #members = new Map<string, Member>()
  readonly #groups = new Map<Parts, ProxyGroup>()
  readonly #resources = new Map<ResourceKey, ResourceTally>()
  #last: ReadonlyMap<string, ProxyReport> = new Map()
  #nextRank = 0
  /** Groups whose members changed in the current update. */
  readonly #touched = new Set<ProxyGroup>()
  readonly #touchedPartials = new Set<PartialGroup>()
  /** Resources whose summary may have changed. */
  readonly #affected = new Set<ResourceKey>()

  constructor(options: PlacementOptions) {
    this.#options = options
  }

  summaryOf(key: ResourceKey): PlacementSummary | undefined {
    return this.#resources.get(key)?.summary
  }

  update(proxies: ReadonlyMap<string, ProxyReport>): ReadonlySet<ResourceKey> {
    if (proxies === this.#last) return new Set()
    if (!this.#isInOrder(proxies)) this.#reset()
    this.#last = proxies
    for (const [key, report] of proxies) this.#place(key, report)
    if (this.#members.size > proxies.size) this.#removeOthers(proxies)
    return this.#settle()
  }

  /** Whether the known proxies are in the same order as before, followed by all new ones. */
  #isInOrder(proxies: ReadonlyMap<string, ProxyReport>): boolean {
    let last = -1
    for (const key of proxies.keys()) {
      const rank = this.#members.get(key)?.rank ?? this.#nextRank
      if (rank < last) return false
      last = rank
    }
    return true
  }

  #reset(): void {
    this.#removeOthers(new Map())
    for (const key of this.#resources.keys()) this.#affected.add(key)
  }

  #place(key: string, report: ProxyReport): void {
    const before = this.#members.get(key)
    if (before?.report === report) return
    const group = this.#groupOf(report.desired.parts)
    const placements = placementsOn(report, this.#options)
    const isPartial = placements.kind === 'partial'
    const shortfall = isPartial ? group.partial(placements) : placements.kind === 'complete' ? undefined : placements
    const member = { key, rank: before?.rank ?? this.#nextRank++, report, group, shortfall }
    this.#members.set(key, member)
    before?.group.leave(before)
    group.join(member)
    if (before?.group === group && isSameShortfall(before.shortfall, shortfall)) return
    if (before) this.#touch(before)
    this.#touch(member)
  }

  #removeOthers(proxies: ReadonlyMap<string, ProxyReport>): void {
    for (const [key, member] of this.#members) {
      if (proxies.has(key)) continue
      this.#members.delete(key)
      member.group.leave(member)
      this.#touch(member)
    }
  }

  #groupOf(parts: Parts): ProxyGroup {
    const group = this.#groups.get(parts) ?? new ProxyGroup(parts)
    this.#groups.set(parts, group)
    return group
  }

  #touch({ group, shortfall }: Member): void {
    this.#touched.add(group)
    if (shortfall instanceof PartialGroup) this.#touchedPartials.add(shortfall)
  }

  /** Returns the resources whose summary changed. */
  #settle(): ReadonlySet<ResourceKey> {
    for (const group of this.#touched) this.#settleGroup(group)
    for (const partial of this.#touchedPartials) this.#settlePartial(partial)
    this.#touched.clear()
    this.#touchedPartials.clear()
    const changed = new Set<ResourceKey>()
    for (const key of this.#affected) if (this.#summarize(key)) changed.add(key)
    this.#affected.clear()
    return changed
  }

  #settleGroup(group: ProxyGroup): void {
    const { parts, total } = group
    if (total === 0) this.#groups.delete(parts)
    if (!group.hasChanged()) return
    for (const key of parts.keys()) {
      this.#affected.add(key)
      if (total === 0) this.#resources.get(key)?.groups.delete(group)
      else this.#tallyOf(key).groups.add(group)
    }
  }

  #settlePartial(partial: PartialGroup): void {
    const isEmpty = partial.members.size === 0
    if (isEmpty) partial.dissolve()
    if (isEmpty && !partial.isJudged) return
    for (const key of partial.exceptions.keys()) {
      this.#affected.add(key)
      if (isEmpty) this.#resources.get(key)?.partials.delete(partial)
      else this.#tallyOf(key).partials.add(partial)
    }
  }

  #tallyOf(key: ResourceKey): ResourceTally {
    const tally = this.#resources.get(key) ?? { groups: new Set(), partials: new Set(), summary: undefined }
    this.#resources.set(key, tally)
    return tally
  }

  /** Returns true if the summary changed. */
  #summarize(key: ResourceKey): boolean {
    const tally = this.#resources.get(key)
    if (!tally) return false
    const summary = summaryOf(key, tally)
    if (summary.selected === 0) this.#resources.delete(key)
    else if (tally.summary && isSameSummary(tally.summary, summary)) return false
    tally.summary = summary
    return true
  }
}

/** The groups that contain a resource. */
type ResourceTally = {
  readonly groups: Set<ProxyGroup>
  /** Subgroups with an exception for it. */
  readonly partials: Set<PartialGroup>
  summary: PlacementSummary | undefined
}

function summaryOf(key: ResourceKey, { groups, partials }: ResourceTally): PlacementSummary {
  const all = Array.from(groups, group => group.summary())
  const exceptions = [...partials].flatMap(({ members, exceptions: placements }) => {
    const placement = placements.get(key)
    return placement ? [{ size: members.size, first: members.first, placement }] : []
  })
  const missing = [
    ...all.map(({ unreachable, first, placement }) => ({ size: unreachable, first, placement })),
    ...exceptions.filter(({ placement }) => !placement.programmed),
  ]
  const selected = all.reduce((sum, { total }) => sum + total, 0)
  const ended = exceptions.filter(({ placement }) => placement.reason === 'SessionsEnded')
  return {
    selected,
    programmed: selected - sizeOf(missing),
    firstMissing: firstOf(missing),
    ended: sizeOf(ended),
    stranded: exceptions.reduce((sum, { size, placement }) => sum + size * (placement.stranded ?? 0), 0),
  }
}

type Subgroup = { readonly size: number; readonly first: Member | undefined; readonly placement: Placement | undefined }

function sizeOf(subgroups: readonly Subgroup[]): number {
  return subgroups.reduce((sum, { size }) => sum + size, 0)
}

function firstOf(subgroups: readonly Subgroup[]): PlacementSummary['firstMissing'] {
  let [rank, found]: [number, PlacementSummary['firstMissing']] = [Number.POSITIVE_INFINITY, undefined]
  for (const { first, placement } of subgroups) {
    if (!first || !placement || first.rank >= rank) continue
    rank = first.rank
    found = { proxy: first.key, reason: placement.reason, message: placement.message }
  }
  return found
}

function isSameSummary(a: PlacementSummary, b: PlacementSummary): boolean {
  return (
    a.selected === b.selected &&
    a.programmed === b.programmed &&
    a.ended === b.ended &&
    a.stranded === b.stranded &&
    a.firstMissing?.proxy === b.firstMissing?.proxy &&
    a.firstMissing?.reason === b.firstMissing?.reason &&
    a.firstMissing?.message === b.firstMissing?.message
  )
}
