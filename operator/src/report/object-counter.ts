/**
 * Counts the objects of l7mesh in configs. Proxies that hold the same objects of a kind share one map, and each map is
 * counted once. If a map differs little from the desired one (e.g. in the marker of its proxy), only the differences are
 * counted. Pure apart from its cache.
 */
import { type Cluster, type Compare, type Config, createCompare, isOurs } from '@l7mesh/proxy-client'

/** Endpoints count like other objects; the marker and objects of others do not. */
export type ObjectCounter = {
  desired(config: Config): number
  live(live: Config, desired: Config): number
}

type Objects = ReadonlyMap<string, { readonly name: string }>

/** `compare`: the cached comparisons of these configs. Default: a new cache. */
export function createObjectCounter(compare: Compare = createCompare()): ObjectCounter {
  const counted = new WeakMap<Objects, number>()
  const once = (objects: Objects, countOf: () => number): number => {
    const count = counted.get(objects) ?? countOf()
    counted.set(objects, count)
    return count
  }
  const all = (objects: Objects) => once(objects, () => ours(objects.values()))
  const byDifferences = (live: Objects, desired: Objects) =>
    once(live, () => {
      const { missing, surplus } = compare.match(live, desired)
      return all(desired) - ours(missing) + ours(surplus)
    })
  const withEndpoints = ({ clusters }: Config) => once(clusters, () => ours(clusters.values()) + endpointsOf(clusters))
  return {
    desired: config =>
      withEndpoints(config) + KINDS_WITHOUT_ENDPOINTS.reduce((sum, kind) => sum + all(config[kind]), 0),
    live: (live, desired) =>
      withEndpoints(live) +
      KINDS_WITHOUT_ENDPOINTS.reduce((sum, kind) => sum + byDifferences(live[kind], desired[kind]), 0),
  }
}

const KINDS_WITHOUT_ENDPOINTS = ['routes', 'rules', 'rulelists', 'listeners'] as const

function ours(objects: Iterable<{ readonly name: string }>): number {
  let count = 0
  for (const { name } of objects) if (isOurs(name)) count += 1
  return count
}

function endpointsOf(clusters: ReadonlyMap<string, Cluster>): number {
  let count = 0
  for (const { name, endpoints } of clusters.values()) if (isOurs(name)) count += endpoints.length
  return count
}
