/**
 * Adapts a desired config to the capabilities of a proxy. A proxy without `endpoint-ports` connects to every endpoint at the
 * port of its cluster: endpoints with another port are omitted, because their sessions would reach a wrong port. Pure.
 */

import type { Cluster, Config, Endpoint } from '../model.ts'
import type { Compare } from '../plan/compare.ts'
import { type Capability, capabilitiesOf } from './capabilities.ts'

/** Returns the same config if nothing is omitted. `compare`: proxies with the same capabilities share the result. */
export function adapted(config: Config, live: Pick<Config, 'rulelists'>, compare: Compare): Config {
  const { clusters, left } = partsFor(config.clusters, capabilitiesOf(live), compare)
  return left.size === 0 ? config : { ...config, clusters }
}

/** The omitted endpoints, by name. */
export function leftOut(
  config: Config,
  live: Pick<Config, 'rulelists'>,
  compare: Compare,
): ReadonlyMap<string, Endpoint> {
  return partsFor(config.clusters, capabilitiesOf(live), compare).left
}

type Clusters = Config['clusters']
type Parts = { readonly clusters: Clusters; readonly left: ReadonlyMap<string, Endpoint> }

const NONE: Parts['left'] = new Map()

function partsFor(clusters: Clusters, capabilities: ReadonlySet<Capability>, { derived }: Compare): Parts {
  return capabilities.has('endpoint-ports') ? { clusters, left: NONE } : derived(clusters, withoutPorts)
}

function withoutPorts(clusters: Clusters): Parts {
  const left = [...clusters.values()].flatMap(({ endpoints }) => endpoints.filter(hasPort))
  if (left.length === 0) return { clusters, left: NONE }
  const kept = [...clusters].map(([name, cluster]) => [name, withoutThose(cluster)] as const)
  return { clusters: new Map(kept), left: new Map(left.map(endpoint => [endpoint.name, endpoint])) }
}

function withoutThose(cluster: Cluster): Cluster {
  if (!cluster.endpoints.some(hasPort)) return cluster
  return { ...cluster, endpoints: cluster.endpoints.filter(endpoint => !hasPort(endpoint)) }
}

function hasPort({ spec }: Endpoint): boolean {
  return spec.port !== undefined
}
