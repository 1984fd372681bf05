/** The desired objects that a proxy does not hold, by kind. The input of the condition `Programmed`. Pure. */
import { isDeepStrictEqual } from 'node:util'
import {
  type Cluster,
  type Compare,
  type Config,
  type Endpoint,
  keepListeners,
  type ObjectKind,
} from '@l7mesh/proxy-client'

/** Names by kind, each at most once. */
export type MissingObjects = { readonly [kind in ObjectKind]: readonly string[] }

/** A cluster is not missing if only endpoints of it are. */
export function missingObjectsIn(live: Config, desired: Config, compare: Compare): MissingObjects {
  const { match } = compare
  const of = <T extends { readonly name: string }>(held: ReadonlyMap<string, T>, wanted: ReadonlyMap<string, T>) => {
    const { missing, unequal } = match(held, wanted)
    return unequal.length === 0 ? missing : [...missing, ...unequal.map(pair => pair.desired)]
  }
  const clusters = of(live.clusters, desired.clusters)
  return {
    cluster: namesOf(clusters.filter(({ name, spec }) => !isDeepStrictEqual(live.clusters.get(name)?.spec, spec))),
    endpoint: namesOf(clusters.flatMap(cluster => missingEndpoints(cluster, live.clusters.get(cluster.name)))),
    route: namesOf(of(live.routes, desired.routes)),
    rule: namesOf(of(live.rules, desired.rules)),
    rulelist: namesOf(of(live.rulelists, desired.rulelists)),
    listener: namesOf(of(live.listeners, keepListeners(desired, live, compare).listeners)),
  }
}

function missingEndpoints({ endpoints }: Cluster, live: Cluster | undefined): readonly Endpoint[] {
  if (live === undefined) return endpoints
  const held = new Set(namesOf(live.endpoints))
  return endpoints.filter(({ name }) => !held.has(name))
}

function namesOf(objects: readonly { readonly name: string }[]): readonly string[] {
  return objects.map(({ name }) => name)
}
