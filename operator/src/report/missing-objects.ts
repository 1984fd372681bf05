/** What a proxy does not hold of what it should hold, object by object: what resources are judged by. Pure. */
import { isDeepStrictEqual } from 'node:util'
import {
  type Cluster,
  type Compare,
  type Config,
  type Endpoint,
  keepListeners,
  type ObjectKind,
} from '@l7mesh/proxy-client'

/** Names by kind. */
export type MissingObjects = { readonly [kind in ObjectKind]: ReadonlySet<string> }

/** An endpoint is lacking by itself: a cluster that has others is there. */
export function missingObjectsIn(live: Config, desired: Config, compare: Compare): MissingObjects {
  const { match } = compare
  const of = <T extends { readonly name: string }>(held: ReadonlyMap<string, T>, wanted: ReadonlyMap<string, T>) => {
    const { missing, unequal } = match(held, wanted)
    return [...missing, ...unequal.map(pair => pair.desired)]
  }
  const clusters = of(live.clusters, desired.clusters)
  return {
    cluster: namesOf(clusters.filter(({ name, spec }) => !isDeepStrictEqual(live.clusters.get(name)?.spec, spec))),
    endpoint: namesOf(clusters.flatMap(cluster => endpointsLacking(cluster, live.clusters.get(cluster.name)))),
    route: namesOf(of(live.routes, desired.routes)),
    rule: namesOf(of(live.rules, desired.rules)),
    rulelist: namesOf(of(live.rulelists, desired.rulelists)),
    listener: namesOf(of(live.listeners, keepListeners(desired, live, compare).listeners)),
  }
}

function endpointsLacking({ endpoints }: Cluster, live: Cluster | undefined): readonly Endpoint[] {
  const held = namesOf(live?.endpoints ?? [])
  return endpoints.filter(({ name }) => !held.has(name))
}

function namesOf(objects: readonly { readonly name: string }[]): ReadonlySet<string> {
  return new Set(objects.map(({ name }) => name))
}
