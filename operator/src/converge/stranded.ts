/**
 * UDP sessions that stay on deleted pods. A UDP session does not detect the deletion: it continues to send to an address that
 * is unused, or that another pod has. Pure; the worker reads the sessions and ends those that can move.
 */
import {
  type Cluster,
  type ClusterSpec,
  type Config,
  type Retry,
  type Route,
  resourceOfListener,
  type Session,
} from '@l7mesh/proxy-client'
import { isPodEndpoint } from '../translate/names.ts'

export type Stranded = {
  /** Names of sessions to end: the next datagram of their client begins a session on an existing endpoint. */
  readonly movable: readonly string[]
  /** Number of sessions that stay because not all their routes reconnect, by the resource of their listener. */
  readonly staying: ReadonlyMap<string, number>
}

/** Whether the pod that had the address was deleted, as far as the source knows. */
export type IsGone = (address: string) => boolean

/** `held`: the live config. */
export function strandedSessions(sessions: readonly Session[], held: Config, isGone: IsGone): Stranded {
  const policies = policiesOf(held)
  const movable: string[] = []
  const staying = new Map<string, number>()
  for (const session of sessions) {
    if (!isStranded(session, held, isGone)) continue
    const resource = ownerOf(session.listener)
    const policy = policies(resource, session.cluster)
    if (policy.length > 0 && policy.every(reconnects)) movable.push(session.name)
    else staying.set(resource, (staying.get(resource) ?? 0) + 1)
  }
  return { movable, staying }
}

export type Clusters = Config['clusters']
export type LeftAddresses = (before: Clusters, after: Clusters) => readonly string[]

/** Proxies with equal configs share their maps, so the result is computed once for all of them. */
export function createLeftAddresses(): LeftAddresses {
  const known = new WeakMap<Clusters, { readonly after: Clusters; readonly left: readonly string[] }>()
  return (before, after) => {
    if (before === after) return NONE
    const last = known.get(before)
    if (last?.after === after) return last.left
    const left = leftAddresses(before, after)
    known.set(before, { after, left })
    return left
  }
}

const NONE: readonly string[] = []

/** The addresses of pods that were endpoints of UDP clusters before and are not now. */
function leftAddresses(before: Clusters, after: Clusters): readonly string[] {
  return [...before.values()].flatMap(cluster => {
    const now = after.get(cluster.name)
    if (now === cluster || !goesByUdp(cluster.spec)) return []
    const kept = new Set(now?.endpoints.map(({ name }) => name))
    return podAddresses(cluster).flatMap(({ name, address }) => (kept.has(name) ? [] : [address]))
  })
}

/** Whether it is a UDP cluster with pods as endpoints. */
export function sendsToPods(cluster: Cluster): boolean {
  return goesByUdp(cluster.spec) && podAddresses(cluster).length > 0
}

function podAddresses({ endpoints }: Cluster): readonly { readonly name: string; readonly address: string }[] {
  return endpoints.flatMap(({ name, spec: { address } }) =>
    isPodEndpoint(name) && address !== undefined ? [{ name, address }] : [],
  )
}

/** A UDP session to the endpoint of a pod that is no longer desired and whose pod no longer has the address. */
function isStranded({ name, endpoint, address, cluster }: Session, held: Config, isGone: IsGone): boolean {
  if (!name.startsWith('UDP:') || endpoint === undefined || address === undefined) return false
  if (!isPodEndpoint(endpoint) || !isGone(address)) return false
  return !held.clusters.get(cluster ?? '')?.endpoints.some(one => one.name === endpoint)
}

/**
 * The policies of the routes from the listeners of a resource to a cluster. If there are none, because an edit has replaced
 * the cluster, those of all its routes: the next datagram of a client uses one of them.
 */
function policiesOf(held: Config): (resource: string, cluster: string | undefined) => readonly Retry['retry_on'][] {
  const known = new Map<string, readonly Route[]>()
  return (resource, cluster) => {
    const routes = known.get(resource) ?? routesOf(resource, held)
    known.set(resource, routes)
    const toCluster = routes.filter(({ destination }) => destination === cluster)
    return (toCluster.length > 0 ? toCluster : routes).map(({ retry }) => retry.retry_on)
  }
}

function routesOf(resource: string, { listeners, rulelists, rules, routes }: Config): readonly Route[] {
  const own = [...listeners.values()].filter(({ name }) => ownerOf(name) === resource)
  const lists = new Set(own.map(listener => listener.rules))
  const found: Route[] = []
  // Iteration over a set includes elements that are added during the iteration.
  for (const list of lists) {
    for (const name of rulelists.get(list)?.rules ?? []) {
      const { apply, route } = rules.get(name)?.action ?? {}
      const leadsTo = routes.get(route ?? '')
      if (apply !== undefined) lists.add(apply)
      else if (leadsTo !== undefined) found.push(leadsTo)
    }
  }
  return found
}

function ownerOf(listener: string): string {
  return resourceOfListener(listener) ?? listener
}

function reconnects(policy: Retry['retry_on']): boolean {
  return policy === 'disconnect' || policy === 'always'
}

function goesByUdp(spec: ClusterSpec): boolean {
  return spec.protocol === 'JSONSocket' ? goesByUdp(spec.transport) : spec.protocol === 'UDP'
}
