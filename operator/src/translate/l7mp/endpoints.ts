/** The endpoints of clusters: addresses as given, and those of the pods that a selector selects. */
import type { Cluster as ClusterResource, Endpoint as EndpointResource } from '@l7mesh/crds'
import type { ClusterSpec, Endpoint, LoadBalancer } from '@l7mesh/proxy-client'
import { endpointName } from '../names.ts'
import type { Supply } from './endpoint-supply.ts'
import { addressProblem } from './fields/addresses.ts'
import { inside, type Scope } from './scope.ts'

export type Place = {
  readonly address: string
  readonly weight: number
  /** Where it is another than that of the cluster. */
  readonly port?: number
  /** True for the address of a pod. Default: it is given. */
  readonly isPod?: boolean
}

/** How sessions are spread where nobody says it: at random, as a Service does it. */
export const SPREAD: LoadBalancer = { policy: 'HashRing' }

/** What an endpoint's address is for a cluster. UDP of the proxy is IPv4 only, and it makes no IPv6 URL for WebSocket. */
export type Reach = 'ipv4' | 'ip' | 'file' | 'nothing'

export function reachOf(spec: ClusterSpec): Reach {
  switch (spec.protocol) {
    case 'UDP':
    case 'WebSocket':
      return 'ipv4'
    case 'TCP':
      return 'ip'
    case 'UnixDomainSocket':
      return 'file'
    case 'JSONSocket':
      return reachOf(spec.transport)
    default:
      return 'nothing'
  }
}

/** The first of the addresses that can be reached. */
export function reachable(addresses: readonly string[], reach: Reach): string | undefined {
  return reach === 'ip' ? addresses[0] : addresses.find(address => !address.includes(':'))
}

/** What a cluster names. Order means nothing to the proxy's config, and is kept for people. */
export function placesOf(cluster: ClusterResource, reach: Reach, scope: Scope): Supply {
  const { endpoints = [], spec } = cluster
  if (reach === 'nothing') {
    if (endpoints.length > 0)
      scope.findings.at('endpoints').note('accepted, without effect: this cluster connects to nothing')
    return NO_SUPPLY
  }
  const socket = spec.UnixDomainSocket ?? spec.JSONSocket?.transport.UnixDomainSocket
  if (endpoints.length === 0 && socket?.filename !== undefined) return supplyAt([socket.filename], 1, reach)
  const found = endpoints.map((endpoint, i) => placesOfEndpoint(endpoint, reach, inside(scope, 'endpoints', i)))
  return settled(found.reduce(both, NOTHING), inside(scope, 'endpoints'))
}

function placesOfEndpoint(endpoint: EndpointResource, reach: Reach, scope: Scope): Found {
  const { spec, selector } = endpoint
  const weight = endpoint.weight ?? spec?.weight ?? 1
  scope.findings.idle(endpoint, 'name')
  if (weight <= 0) {
    scope.findings.note('left out, since its weight is not positive')
    return NOTHING
  }
  const addresses = spec === undefined ? [] : given(spec, reach, scope)
  const found = { ...supplyAt(addresses, weight, reach), spare: NO_SUPPLY }
  if (selector === undefined) return found
  return both(found, selected(selector, weight, reach, inside(scope, 'selector')))
}

function given(spec: NonNullable<EndpointResource['spec']>, reach: Reach, scope: Scope): readonly string[] {
  const { findings } = inside(scope, 'spec')
  if (reach === 'file') {
    const filename = spec.filename ?? spec.address
    if (typeof filename === 'string' && /^\S+$/.test(filename)) return [filename]
    findings.problem('Invalid', 'The endpoint needs `filename`, the path of a socket, without spaces.')
    return []
  }
  const problem = addressProblem(spec.address)
  if (problem === undefined && spec.address !== undefined) return [spec.address]
  findings.at('address').problem('Invalid', problem ?? '')
  return []
}

function selected(
  selector: NonNullable<EndpointResource['selector']>,
  weight: number,
  reach: Reach,
  scope: Scope,
): Found {
  if (reach !== 'file') return podsFound(selector, weight, reach, scope.namespace, scope)
  scope.findings.problem('Invalid', 'Pods have no socket in the file system of a proxy: name it in `spec.filename`.')
  return NOTHING
}

/** What the pods of a selector give, which is that of a resource of `namespace`. */
export function podSupply(
  selector: NonNullable<EndpointResource['selector']>,
  weight: number,
  reach: Reach,
  namespace: string,
  scope: Scope,
): Supply {
  return settled(podsFound(selector, weight, reach, namespace, scope), scope)
}

export const ENDING_ARE_USED = 'no endpoint is ready: terminating endpoints that still serve are used'

/** With the pods that end and still serve: they are used where there is nothing else. */
type Found = Supply & { readonly spare: Supply }

function podsFound(
  selector: NonNullable<EndpointResource['selector']>,
  weight: number,
  reach: Reach,
  namespace: string,
  { mesh: { world }, findings }: Scope,
): Found {
  const pods = world.endpointPods(selector, namespace, findings)
  const at = (keys: readonly string[], total: number): Supply => {
    const found = keys.map(key => ({
      address: reachable(world.addresses(key), reach),
      addresses: world.addresses(key),
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

function settled({ spare, ...found }: Found, { findings }: Scope): Supply {
  if (found.places.length > 0 || spare.total === 0) return found
  if (spare.places.length > 0) findings.note(ENDING_ARE_USED)
  return bothSupplies(found, spare)
}

function both(a: Found, b: Found): Found {
  return { ...bothSupplies(a, b), spare: bothSupplies(a.spare, b.spare) }
}

export const NO_SUPPLY: Supply = { places: [], total: 0, unreachable: [] }
const NOTHING: Found = { ...NO_SUPPLY, spare: NO_SUPPLY }

/** Addresses that are given and need not be found. */
export function supplyAt(addresses: readonly string[], weight: number, reach: Reach): Supply {
  const reached = addresses.filter(address => reach === 'file' || reachable([address], reach) !== undefined)
  return {
    places: reached.map(address => ({ address, weight })),
    total: addresses.length,
    unreachable: addresses.filter(address => !reached.includes(address)),
  }
}

function bothSupplies(a: Supply, b: Supply): Supply {
  return {
    places: [...a.places, ...b.places],
    total: a.total + b.total,
    unreachable: [...a.unreachable, ...b.unreachable],
  }
}

/** Names them. The first of several at one place counts: the proxy tells endpoints apart by address and port. */
export function namedEndpoints(cluster: string, places: readonly Place[], scope: Scope): readonly Endpoint[] {
  const byPlace = new Map<string, Endpoint>()
  for (const place of places) {
    const { address, port, weight } = place
    const key = `${address} ${port ?? ''}`
    const first = byPlace.get(key)
    const spec = { address, ...(port !== undefined && { port }) }
    if (first === undefined) byPlace.set(key, { name: endpointName(cluster, place), spec, weight })
    else if (first.weight !== weight) scope.findings.note(`${address} is listed twice: the first weight counts`)
  }
  return [...byPlace.values()]
}
