/** What a proxy does not hold of what it should hold, object by object: what resources are judged by. Pure. */
import { isDeepStrictEqual } from 'node:util'
import { type Cluster, type Compare, type Config, keyOf, type ObjectKey } from '@l7mesh/proxy-client'

const KINDS = { routes: 'route', rules: 'rule', rulelists: 'rulelist', listeners: 'listener' } as const

/** An endpoint is lacking by itself: a cluster that has others is there. */
export function lackingIn(live: Config, desired: Config, { match }: Compare): ReadonlySet<ObjectKey> {
  const lacking = new Set<ObjectKey>()
  for (const plural of ['routes', 'rules', 'rulelists', 'listeners'] as const) {
    const { missing, unequal } = match<{ readonly name: string }>(live[plural], desired[plural])
    for (const { name } of [...missing, ...unequal.map(pair => pair.desired)])
      lacking.add(keyOf({ kind: KINDS[plural], name }))
  }
  const { missing, unequal } = match(live.clusters, desired.clusters)
  for (const cluster of [...missing, ...unequal.map(pair => pair.desired)])
    for (const key of lackingOf(cluster, live.clusters.get(cluster.name))) lacking.add(key)
  return lacking
}

function lackingOf({ name, spec, endpoints }: Cluster, live: Cluster | undefined): readonly ObjectKey[] {
  const held = new Set(live?.endpoints.map(endpoint => endpoint.name))
  const left = endpoints
    .filter(endpoint => !held.has(endpoint.name))
    .map(endpoint => `endpoint ${endpoint.name}` as const)
  return isDeepStrictEqual(live?.spec, spec) ? left : [`cluster ${name}`, ...left]
}
