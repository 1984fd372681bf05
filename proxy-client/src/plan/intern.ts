/**
 * A live config that uses the very objects of a desired one wherever they say the same, and its very maps where nothing is
 * different. A thousand proxies that hold the same then keep one copy of it, and comparing it again takes no time.
 */

import type { Read, Reads } from '../apply/readback.ts'
import type { Config, Tree } from '../model.ts'
import type { Compare } from './compare.ts'
import { copy } from './configs.ts'

/** Equal to `live`, and frozen like it. */
export function share(live: Config, desired: Config, compare: Compare): Config {
  return {
    clusters: shared(live.clusters, desired.clusters, compare),
    routes: shared(live.routes, desired.routes, compare),
    rules: shared(live.rules, desired.rules, compare),
    rulelists: shared(live.rulelists, desired.rulelists, compare),
    listeners: shared(live.listeners, desired.listeners, compare),
  }
}

function shared<T extends { readonly name: string }>(
  live: ReadonlyMap<string, T>,
  desired: ReadonlyMap<string, T>,
  compare: Compare,
): ReadonlyMap<string, T> {
  const { missing, surplus, unequal, copies } = compare.match(live, desired)
  if (missing.length + unequal.length === 0) return compare.whole(desired, surplus)
  // Most rounds find nothing new, and then there is nothing to copy.
  if (copies.length === 0) return live
  const all = copy(live)
  for (const { desired: object } of copies) all.set(object.name, object)
  return all
}

/** Reads that give objects of `desired` in the same way. */
export function sharing(reads: Reads, desired: Config, { same }: Compare): Reads {
  const known =
    <T extends { readonly name: string }>(wanted: ReadonlyMap<string, T>) =>
    (object: T): T => {
      const candidate = wanted.get(object.name)
      return candidate !== undefined && same(object, candidate) ? candidate : object
    }
  const of = <T extends { readonly name: string }>(read: Read<T>, wanted: ReadonlyMap<string, T>): Read<T> => {
    const knownOf = known(wanted)
    return {
      list: async signal => (await read.list(signal)).map(knownOf),
      async get(name, signal) {
        const object = await read.get(name, signal)
        return object && knownOf(object)
      },
    }
  }
  const knownTree = ({ rulelist, rules, routes, clusters }: Tree): Tree => ({
    rulelist: known(desired.rulelists)(rulelist),
    rules: rules.map(known(desired.rules)),
    routes: routes.map(known(desired.routes)),
    clusters: clusters.map(known(desired.clusters)),
  })
  return {
    clusters: of(reads.clusters, desired.clusters),
    routes: of(reads.routes, desired.routes),
    rules: of(reads.rules, desired.rules),
    rulelists: of(reads.rulelists, desired.rulelists),
    listeners: of(reads.listeners, desired.listeners),
    trees: {
      async get(name, signal) {
        const tree = await reads.trees.get(name, signal)
        return tree && knownTree(tree)
      },
    },
  }
}
