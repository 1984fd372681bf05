/** Routes: the destination of sessions, the clusters on the way, and retries. */
import type { Cluster, ClusterOrRef, RouteSpec } from '@l7mesh/crds'
import { type ClusterSpec, DEFAULT_RETRY, hashed, type Retry } from '@l7mesh/proxy-client'
import { reading } from '../../problems.ts'
import { asJson } from '../fields/json.ts'
import { buildCluster, isWebSocket } from './clusters.ts'
import { resolveDestination } from './destinations.ts'
import { type BuiltCluster, type BuiltRoute, inside, type Scope } from './scope.ts'

/** `name` is without the hash. A route is omitted if one of its clusters is. */
export function buildRoute(spec: RouteSpec, name: string, scope: Scope): BuiltRoute | undefined {
  scope.problems.ignored(spec, 'name')
  const destination = destinationOf(spec, scope)
  const ingress = chain(spec.ingress, inside(scope, 'ingress'))
  const egress = chain(spec.egress, inside(scope, 'egress'))
  if (destination === undefined || ingress === undefined || egress === undefined) return undefined
  const clusters = [destination, ...ingress, ...egress]
  const content = {
    destination: destination.cluster.name,
    ingress: ingress.map(({ cluster }) => cluster.name),
    egress: egress.map(({ cluster }) => cluster.name),
    retry: retryOf(spec, clusters, inside(scope, 'retry')),
  }
  return { route: { name: hashed(name, asJson(content)), ...content }, clusters }
}

function destinationOf({ destination, destinationRef }: RouteSpec, scope: Scope): BuiltCluster | undefined {
  if ((destination === undefined) === (destinationRef === undefined))
    return scope.problems.add('Invalid', 'Exactly one of `destination` and `destinationRef` must be set.')
  if (destination !== undefined) return inPlace(destination, inside(scope, 'destination'))
  return byReference(destinationRef ?? '', inside(scope, 'destinationRef'))
}

function chain(items: readonly ClusterOrRef[] | undefined, scope: Scope): readonly BuiltCluster[] | undefined {
  const clusters = (items ?? []).map((item, i) => link(item, inside(scope, i)))
  const known = clusters.filter(cluster => cluster !== undefined)
  return known.length < clusters.length ? undefined : known
}

function link({ cluster, clusterRef }: ClusterOrRef, scope: Scope): BuiltCluster | undefined {
  if ((cluster === undefined) === (clusterRef === undefined))
    return scope.problems.add('Invalid', 'Exactly one of `cluster` and `clusterRef` must be set.')
  if (cluster !== undefined) return inPlace(cluster, inside(scope, 'cluster'))
  return byReference(clusterRef ?? '', inside(scope, 'clusterRef'))
}

function inPlace(cluster: Cluster, scope: Scope): BuiltCluster | undefined {
  const built = reading(scope.problems, () => buildCluster(cluster, `${scope.base}/cluster`, scope))
  return built && { ...built, path: scope.problems.path }
}

function byReference(text: string, scope: Scope): BuiltCluster | undefined {
  const built = resolveDestination(text, scope)
  return built && { ...built, path: scope.problems.path }
}

/**
 * Sets the defaults, which the proxy lacks. A reconnect of an established session is safe only from UDP to UDP: otherwise,
 * l7mp 0.5.7 loops forever or crashes when a client disconnects.
 */
function retryOf({ retry }: RouteSpec, clusters: readonly BuiltCluster[], scope: Scope): Retry {
  const wanted = { ...DEFAULT_RETRY, ...retry }
  if (retry?.retry_on === undefined) return wanted
  const isUdp = scope.protocol === 'udp' && clusters.every(({ cluster }) => goesByUdp(cluster.spec))
  const safe = isUdp ? undefined : REDUCED[retry.retry_on]
  if (safe === undefined) return wanted
  scope.problems
    .at('retry_on')
    .note(`\`${retry.retry_on}\` acts as \`${safe}\`: proxies can reconnect sessions only from UDP to UDP`)
  return { ...wanted, retry_on: safe }
}

function goesByUdp(spec: ClusterSpec): boolean {
  return spec.protocol === 'JSONSocket' ? goesByUdp(spec.transport) : spec.protocol === 'UDP'
}

const REDUCED: { readonly [policy: string]: Retry['retry_on'] } = { always: 'connect-failure', disconnect: 'never' }

/** Whether the proxy opens a WebSocket, with the headers of the session. */
export function opensWebSocket({ clusters }: BuiltRoute): boolean {
  return clusters.some(({ cluster }) => isWebSocket(cluster.spec))
}
