/**
 * What of a desired config a proxy can be given. A proxy without the capability `endpoint-ports` connects every endpoint
 * at the port of its cluster: it is not given those that have another, since their sessions would go astray. Pure.
 */

import type { Cluster, Config, Endpoint } from '../model.ts'
import { type Capability, capabilitiesOf } from './capabilities.ts'

/** The same config where there is nothing to leave out. Proxies that can do the same share what is made of it. */
export function adapted(config: Config, live: Pick<Config, 'rulelists'>): Config {
  const { clusters, left } = partsFor(config.clusters, capabilitiesOf(live))
  return left.size === 0 ? config : { ...config, clusters }
}

/** The endpoints that the proxy is not given, by name. */
export function leftOut(config: Config, live: Pick<Config, 'rulelists'>): ReadonlyMap<string, Endpoint> {
  return partsFor(config.clusters, capabilitiesOf(live)).left
}

type Clusters = Config['clusters']
type Parts = { readonly clusters: Clusters; readonly left: ReadonlyMap<string, Endpoint> }

const NONE: Parts['left'] = new Map()
/** What was made of a map of clusters, which never changes. */
const known = new WeakMap<Clusters, Parts>()

function partsFor(clusters: Clusters, capabilities: ReadonlySet<Capability>): Parts {
  if (capabilities.has('endpoint-ports')) return { clusters, left: NONE }
  const parts = known.get(clusters) ?? withoutPorts(clusters)
  known.set(clusters, parts)
  return parts
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
