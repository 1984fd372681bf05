/**
 * Merges fragments: one desired config per group of proxies selected by the same resources, and the verdicts on resources.
 * Configs are merged in three layers, so that a change costs only the affected ones: a fragment, a bucket of fragments, and
 * the config of a group.
 */
import type { ResourceKey } from '../../sources/snapshot.ts'
import type { DesiredFleet, DesiredProxy, Problem } from '../desired.ts'
import type { FragmentRef, ResourceFragments } from '../fragment.ts'
import { identical, type Memo, type Query, sameMap } from '../incremental/memo.ts'
import type { Lookup } from '../lookup/lookup.ts'
import { createGrouping, type Group, type Grouping } from './grouping.ts'
import { createLayout, type Layout, type Variant } from './layout.ts'
import { isSameMerged, type Merged, merge } from './merge.ts'
import { createPlacement } from './placement.ts'
import { createAddressConflicts } from './shared-addresses.ts'
import { createVerdicts, joinedByResource } from './verdicts.ts'

export function createFleet(memo: Memo, lookup: Lookup, kinds: readonly ResourceFragments[]): () => DesiredFleet {
  const placement = createPlacement(memo, kinds)
  const atAddresses = createAddressConflicts(memo, lookup, placement)
  const taken = memo.query<ReadonlyMap<string, readonly string[]>, []>(() => atAddresses().taken)
  const grouping = createGrouping(memo, lookup, placement, taken)
  const group = memo.query<Group | undefined, [number]>(id => grouping().groups.get(id), identical)
  const fragment = memo.patched<MergedFragment, [Variant]>((before, { maker, key, present }) => {
    const { needs, ...brought } = maker.fragment(key, present)
    return { ...merge([brought], before), needs }
  }, isSameFragment)
  const needs = memo.query<readonly FragmentRef[], [Variant]>(variant => fragment(variant).needs, sameRefs)
  const layout = createLayout(memo, group, placement, needs)
  const bucket = memo.patched<Merged, [readonly Variant[]]>(
    (before, variants) => merge(variants.map(fragment), before),
    isSameMerged,
  )
  const whole = memo.patched<Merged, [number]>(
    (before, id) => merge(layout(id).buckets.map(bucket), before),
    isSameMerged,
  )
  const proxies = memo.patched<DesiredFleet['proxies'], []>(
    before => desiredProxies(lookup, grouping(), whole, before),
    sameMap,
  )
  const conflicts = memo.query<ReadonlyMap<ResourceKey, Problem>, []>(
    () => new Map([...atAddresses().conflicts, ...conflictsIn(grouping(), layout)]),
  )
  const verdicts = createVerdicts(memo, kinds, conflicts)
  const destinations = memo.query<DesiredFleet['destinations'], []>(
    () =>
      joinedByResource(
        kinds,
        (fragments, key) => fragments.destinations(key),
        all => all.length > 0,
      ),
    sameMap,
  )
  return () => ({ proxies: proxies(), verdicts: verdicts(), destinations: destinations() })
}

type MergedFragment = Merged & { readonly needs: readonly FragmentRef[] }

function isSameFragment(a: MergedFragment, b: MergedFragment): boolean {
  return isSameMerged(a, b) && sameRefs(a.needs, b.needs)
}

function sameRefs(a: readonly FragmentRef[], b: readonly FragmentRef[]): boolean {
  return a.length === b.length && a.every(({ maker, key }, i) => maker === b[i]?.maker && key === b[i].key)
}

function desiredProxies(
  lookup: Lookup,
  { groups, groupOf }: Grouping,
  whole: Query<Merged, [number]>,
  before: DesiredFleet['proxies'] | undefined,
): DesiredFleet['proxies'] {
  const all = new Map<string, DesiredProxy>()
  const held = new Map([...groups.keys()].map(id => [id, whole(id)]))
  for (const key of lookup.proxies()) {
    const proxy = lookup.proxy(key)
    const merged = held.get(groupOf.get(key) ?? -1)
    if (proxy === undefined || merged === undefined) continue
    const { config, parts } = merged
    const last = before?.get(key)
    const isSame = last?.proxy === proxy && last.config === config && last.parts === parts
    all.set(key, isSame ? last : { proxy, config, parts })
  }
  return all
}

/** The conflict of each resource; of several groups, the one in the group of the first proxy. */
function conflictsIn(
  { groups, groupOf }: Grouping,
  layout: Query<Layout, [number]>,
): ReadonlyMap<ResourceKey, Problem> {
  const withConflicts = new Map<number, Layout['conflicts']>()
  for (const id of groups.keys()) {
    const { conflicts } = layout(id)
    if (conflicts.size > 0) withConflicts.set(id, conflicts)
  }
  const found = new Map<ResourceKey, Problem>()
  if (withConflicts.size === 0) return found
  const inOrder = new Set([...groupOf.keys()].sort().map(proxy => groupOf.get(proxy) ?? 0))
  for (const id of inOrder)
    for (const [resource, problem] of withConflicts.get(id) ?? [])
      if (!found.has(resource)) found.set(resource, problem)
  return found
}
