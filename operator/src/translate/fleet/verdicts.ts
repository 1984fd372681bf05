/** The verdict on each resource: that of its kind, with its socket conflicts on proxies. */
import type { ResourceKey } from '../../sources/snapshot.ts'
import type { DesiredFleet, Problem } from '../desired.ts'
import type { ResourceFragments } from '../fragment.ts'
import { identical, type Memo, type Query, sameMap } from '../incremental/memo.ts'
import { resourceKey } from '../names.ts'

/** Conflicts are added last, because they can concern any resource. */
export function createVerdicts(
  memo: Memo,
  kinds: readonly ResourceFragments[],
  conflicts: Query<ReadonlyMap<ResourceKey, Problem>, []>,
): Query<DesiredFleet['verdicts'], []> {
  const own = memo.query<DesiredFleet['verdicts'], []>(
    () => joinedByResource(kinds, (fragments, key) => fragments.verdict(key)),
    sameMap,
  )
  return memo.query<DesiredFleet['verdicts'], []>(() => withConflicts(own(), conflicts()), identical)
}

/** One value for each resource of all kinds, if `isKept`. */
export function joinedByResource<T>(
  kinds: readonly ResourceFragments[],
  read: (fragments: ResourceFragments, key: string) => T,
  isKept: (value: T) => boolean = () => true,
): ReadonlyMap<ResourceKey, T> {
  const all = new Map<ResourceKey, T>()
  for (const fragments of kinds)
    for (const key of fragments.keys()) {
      const value = read(fragments, key)
      if (isKept(value)) all.set(resourceKey(fragments.kind, key), value)
    }
  return all
}

function withConflicts(
  verdicts: DesiredFleet['verdicts'],
  conflicts: ReadonlyMap<ResourceKey, Problem>,
): DesiredFleet['verdicts'] {
  if (conflicts.size === 0) return verdicts
  const all = new Map(verdicts)
  for (const [resource, conflict] of conflicts) {
    const own = all.get(resource)
    if (own !== undefined) all.set(resource, { ...own, problems: [...own.problems, conflict] })
  }
  return all
}
