/** The endpoints of clusters: literal addresses, and the pods that a selector selects. */
import type { Cluster as ClusterResource, Endpoint as EndpointResource } from '@l7mesh/crds'
import type { Endpoint, LoadBalancer } from '@l7mesh/proxy-client'
import { endpointName } from '../../names.ts'
import { addressProblem } from '../fields/addresses.ts'
import { type Reach, reachable } from '../fields/reach.ts'
import type { EndpointSupply } from './endpoint-supply.ts'
import { inside, type Scope } from './scope.ts'

export type EndpointAddress = {
  readonly address: string
  readonly weight: number
  /** If it differs from that of the cluster. */
  readonly port?: number
  /** True for the address of a pod. Default: a literal address. */
  readonly isPod?: boolean
}

/** The default load balancer: random, as for a Service. */
export const SPREAD: LoadBalancer = { policy: 'HashRing' }

/** The endpoints that a cluster lists. Their order has no meaning for the proxy; it is kept for readers. */
export function supplyOf(cluster: ClusterResource, reach: Reach, scope: Scope): EndpointSupply {
  const { endpoints = [], spec } = cluster
  if (reach === 'nothing') {
    if (endpoints.length > 0)
      scope.problems.at('endpoints').note('has no effect: this cluster does not connect to endpoints')
    return NO_SUPPLY
  }
  const socket = spec.UnixDomainSocket ?? spec.JSONSocket?.transport.UnixDomainSocket
  if (endpoints.length === 0 && socket?.filename !== undefined) return supplyAt([socket.filename], 1, reach)
  const found = endpoints.map((endpoint, i) => supplyOfEndpoint(endpoint, reach, inside(scope, 'endpoints', i)))
  return withSpare(found.reduce(both, NONE_FOUND), inside(scope, 'endpoints'))
}

function supplyOfEndpoint(endpoint: EndpointResource, reach: Reach, scope: Scope): Found {
  const { spec, selector } = endpoint
  const weight = endpoint.weight ?? spec?.weight ?? 1
  scope.problems.ignored(endpoint, 'name')
  if (weight <= 0) {
    scope.problems.note('omitted, because its weight is not positive')
    return NONE_FOUND
  }
  const addresses = spec === undefined ? [] : given(spec, reach, scope)
  const found = { ...supplyAt(addresses, weight, reach), spare: NO_SUPPLY }
  if (selector === undefined) return found
  return both(found, selected(selector, weight, reach, inside(scope, 'selector')))
}

function given(spec: NonNullable<EndpointResource['spec']>, reach: Reach, scope: Scope): readonly string[] {
  const { problems } = inside(scope, 'spec')
  if (reach === 'file') {
    const filename = spec.filename ?? spec.address
    if (typeof filename === 'string' && /^\S+$/.test(filename)) return [filename]
    problems.add('Invalid', 'An endpoint of a Unix domain socket requires a `filename` without spaces.')
    return []
  }
  const problem = addressProblem(spec.address)
  if (problem === undefined && spec.address !== undefined) return [spec.address]
  problems.at('address').add('Invalid', problem ?? '')
  return []
}

function selected(
  selector: NonNullable<EndpointResource['selector']>,
  weight: number,
  reach: Reach,
  scope: Scope,
): Found {
  if (reach !== 'file') return podsFound(selector, weight, reach, scope.namespace, scope)
  scope.problems.add('Invalid', 'Pods cannot be endpoints of a Unix domain socket: write its path in `spec.filename`.')
  return NONE_FOUND
}

/** The pods of a selector of a resource in `namespace`. */
export function podSupply(
  selector: NonNullable<EndpointResource['selector']>,
  weight: number,
  reach: Reach,
  namespace: string,
  scope: Scope,
): EndpointSupply {
  return withSpare(podsFound(selector, weight, reach, namespace, scope), scope)
}

export const TERMINATING_ARE_USED = 'no endpoint is ready: terminating endpoints that still serve are used'

/** `spare`: terminating pods that still serve; they are used if there is no other endpoint. */
type Found = EndpointSupply & { readonly spare: EndpointSupply }

function podsFound(
  selector: NonNullable<EndpointResource['selector']>,
  weight: number,
  reach: Reach,
  namespace: string,
  { lookup, problems }: Scope,
): Found {
  const selection = lookup.select(selector, namespace, problems)
  if (selection === undefined) return NONE_FOUND
  const pods = lookup.endpointPods(selection)
  const at = (keys: readonly string[], total: number): EndpointSupply => {
    const found = keys.map(key => ({
      address: reachable(lookup.addresses(key), reach),
      addresses: lookup.addresses(key),
    }))
    return {
      places: found.flatMap(({ address }) => (address === undefined ? [] : [{ address, weight, isPod: true }])),
      total,
      unreachable: found.flatMap(({ address, addresses }) => (address === undefined ? addresses.slice(0, 1) : [])),
    }
  }
  const spare = at(pods.serving, pods.serving.length)
  return { ...at(pods.ready, pods.ready.length + pods.unready.length), spare }
}

function withSpare({ spare, ...found }: Found, { problems }: Scope): EndpointSupply {
  if (found.places.length > 0 || spare.total === 0) return found
  if (spare.places.length > 0) problems.note(TERMINATING_ARE_USED)
  return bothSupplies(found, spare)
}

function both(a: Found, b: Found): Found {
  return { ...bothSupplies(a, b), spare: bothSupplies(a.spare, b.spare) }
}

export const NO_SUPPLY: EndpointSupply = { places: [], total: 0, unreachable: [] }
const NONE_FOUND: Found = { ...NO_SUPPLY, spare: NO_SUPPLY }

/** Literal addresses. */
export function supplyAt(addresses: readonly string[], weight: number, reach: Reach): EndpointSupply {
  const reached = addresses.filter(address => reach === 'file' || reachable([address], reach) !== undefined)
  return {
    places: reached.map(address => ({ address, weight })),
    total: addresses.length,
    unreachable: addresses.filter(address => !reached.includes(address)),
  }
}

function bothSupplies(a: EndpointSupply, b: EndpointSupply): EndpointSupply {
  return {
    places: [...a.places, ...b.places],
    total: a.total + b.total,
    unreachable: [...a.unreachable, ...b.unreachable],
  }
}

/** The first of several at one address and port is used: the proxy identifies endpoints by these. */
export function namedEndpoints(cluster: string, places: readonly EndpointAddress[], scope: Scope): readonly Endpoint[] {
  const byPlace = new Map<string, Endpoint>()
  for (const place of places) {
    const { address, port, weight } = place
    const key = `${address} ${port ?? ''}`
    const first = byPlace.get(key)
    const spec = { address, ...(port !== undefined && { port }) }
    if (first === undefined) byPlace.set(key, { name: endpointName(cluster, place), spec, weight })
    else if (first.weight !== weight)
      scope.problems.note(`${address} is listed more than once: its first weight is used`)
  }
  return [...byPlace.values()]
}
