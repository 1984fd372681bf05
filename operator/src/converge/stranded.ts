/**
 * UDP sessions that stay on pods that are gone. A UDP session notices nothing: it goes on sending to an address that
 * nobody has, or that somebody else has by now. Pure; the worker asks for the sessions and ends those that may move.
 */
import {
  type Cluster,
  type ClusterSpec,
  type Config,
  type Retry,
  resourceOfListener,
  type Session,
  unhashed,
} from '@l7mesh/proxy-client'
import { isPodEndpoint } from '../translate/names.ts'

export type Stranded = {
  /** Names of sessions to end: the next datagram of their client begins a session on an endpoint that is there. */
  readonly movable: readonly string[]
  /** How many sessions stay, since no route of theirs says to reconnect; by the resource of their listener. */
  readonly staying: ReadonlyMap<string, number>
}

/** The pods that have an address, as far as the source knows. */
export type PodsAt = (address: string) => readonly string[]

/** Whether the pod that sessions were sent to at an address may be there still. */
type HasPod = (address: string) => boolean

/** `held`: what the proxy holds. */
export function strandedSessions(sessions: readonly Session[], held: Config, hasPod: HasPod): Stranded {
  const policies = policiesOf(held)
  const movable: string[] = []
  const staying = new Map<string, number>()
  for (const session of sessions) {
    if (!isStranded(session, held, hasPod)) continue
    const policy = policyOf(session.cluster ?? '', policies)
    if (policy !== undefined && policy.size > 0 && [...policy].every(reconnects)) movable.push(session.name)
    else {
      const resource = resourceOfListener(session.listener) ?? session.listener
      staying.set(resource, (staying.get(resource) ?? 0) + 1)
    }
  }
  return { movable, staying }
}

export type Clusters = Config['clusters']
export type LeftAddresses = (before: Clusters, after: Clusters) => readonly string[]

/** Proxies that are alike share what they hold, so it is computed once for all of them. */
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

/** The addresses of pods that UDP clusters sent sessions to before and do not now. */
function leftAddresses(before: Clusters, after: Clusters): readonly string[] {
  return [...before.values()].flatMap(cluster => {
    const now = after.get(cluster.name)
    if (now === cluster || !goesByUdp(cluster.spec)) return []
    const kept = new Set(now?.endpoints.map(({ name }) => name))
    return podAddresses(cluster).flatMap(({ name, address }) => (kept.has(name) ? [] : [address]))
  })
}

/** True for a cluster of UDP with pods as its endpoints. */
export function sendsToPods(cluster: Cluster): boolean {
  return goesByUdp(cluster.spec) && podAddresses(cluster).length > 0
}

function podAddresses({ endpoints }: Cluster): readonly { readonly name: string; readonly address: string }[] {
  return endpoints.flatMap(({ name, spec: { address } }) =>
    isPodEndpoint(name) && address !== undefined ? [{ name, address }] : [],
  )
}

/** A client of UDP whose endpoint was a pod's, is no longer wanted, and is nobody's now. */
function isStranded({ name, endpoint, address, cluster }: Session, held: Config, hasPod: HasPod): boolean {
  if (!name.startsWith('UDP:') || endpoint === undefined || address === undefined) return false
  if (!isPodEndpoint(endpoint) || hasPod(address)) return false
  return !held.clusters.get(cluster ?? '')?.endpoints.some(one => one.name === endpoint)
}

type Policies = ReadonlyMap<string, ReadonlySet<Retry['retry_on']>>

/**
 * By cluster of UDP, and by what stands before the hash of its name, the policies of the routes that lead there. One port
 * of a Service may be served over TCP too, by a cluster that begins likewise.
 */
function policiesOf({ routes, clusters }: Config): Policies {
  const policies = new Map<string, Set<Retry['retry_on']>>()
  for (const { destination, retry } of routes.values()) {
    const spec = clusters.get(destination)?.spec
    if (spec !== undefined && !goesByUdp(spec)) continue
    for (const name of [destination, unhashed(destination)])
      policies.set(name, (policies.get(name) ?? new Set()).add(retry.retry_on))
  }
  return policies
}

/** A rollout that changes the port of the pods puts another cluster in the place of the one that sessions began on. */
function policyOf(cluster: string, policies: Policies): ReadonlySet<Retry['retry_on']> | undefined {
  return policies.get(cluster) ?? policies.get(unhashed(cluster))
}

function reconnects(policy: Retry['retry_on']): boolean {
  return policy === 'disconnect' || policy === 'always'
}

function goesByUdp(spec: ClusterSpec): boolean {
  return spec.protocol === 'JSONSocket' ? goesByUdp(spec.transport) : spec.protocol === 'UDP'
}
