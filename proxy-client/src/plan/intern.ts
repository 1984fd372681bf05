/**
 * Interns a live config: equal objects and maps are replaced by those of the desired config. A thousand proxies with equal
 * configs then share one copy, whose comparison is cached.
 */

import type { Config } from '../model.ts'
import type { Compare } from './compare.ts'
import { copy } from './configs.ts'

/** Returns a config that is equal to `live`, and frozen like it. */
export function intern(live: Config, desired: Config, compare: Compare): Config {
  return {
    clusters: interned(live.clusters, desired.clusters, compare),
    routes: interned(live.routes, desired.routes, compare),
    rules: interned(live.rules, desired.rules, compare),
    rulelists: interned(live.rulelists, desired.rulelists, compare),
    listeners: interned(live.listeners, desired.listeners, compare),
  }
}

function interned<T extends { readonly name: string }>(
  live: ReadonlyMap<string, T>,
  desired: ReadonlyMap<string, T>,
  compare: Compare,
): ReadonlyMap<string, T> {
  const { missing, surplus, unequal, copies } = compare.match(live, desired)
  if (missing.length + unequal.length === 0) return compare.whole(desired, surplus)
  // Usually there are no copies.
  if (copies.length === 0) return live
  const all = copy(live)
  for (const { desired: object } of copies) all.set(object.name, object)
  return all
}
