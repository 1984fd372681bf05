/** Interns objects while they are read, so that copies of known objects do not outlive the response. */
import type { Config, Tree } from '../model.ts'
import type { Compare } from '../plan/compare.ts'
import type { Read, Reads } from './reads.ts'

/** Returns the equal object of the pool, or the object itself if there is none. */
export function internAs<T extends { readonly name: string }>(
  pool: ReadonlyMap<string, T>,
  { same }: Pick<Compare, 'same'>,
) {
  return (object: T): T => {
    const candidate = pool.get(object.name)
    return candidate !== undefined && same(object, candidate) ? candidate : object
  }
}

/** The same reads; an object that equals one of `desired` is returned as that very object. */
export function interning(reads: Reads, desired: Config, { same }: Compare): Reads {
  const known = <T extends { readonly name: string }>(pool: ReadonlyMap<string, T>) => internAs(pool, { same })
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
