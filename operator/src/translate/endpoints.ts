/** The endpoints of clusters: addresses as given, and those of the pods that a selector selects. */
import type { Cluster as ClusterResource, Endpoint as EndpointResource } from '@l7mesh/crds'
import type { ClusterSpec, Endpoint } from '@l7mesh/proxy-client'
import { endpointName } from './names.ts'
import { inside, type Scope } from './scope.ts'
import type { Supply } from './supply.ts'

export type Place = { readonly address: string; readonly weight: number }

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
  return endpoints
    .map((endpoint, i) => placesOfEndpoint(endpoint, reach, inside(scope, 'endpoints', i)))
    .reduce(bothSupplies, NO_SUPPLY)
}

function placesOfEndpoint(endpoint: EndpointResource, reach: Reach, scope: Scope): Supply {
  const { spec, selector } = endpoint
  const weight = endpoint.weight ?? spec?.weight ?? 1
  scope.findings.idle(endpoint, 'name')
  if (weight <= 0) {
    scope.findings.note('left out, since its weight is not positive')
    return NO_SUPPLY
  }
  const addresses = spec === undefined ? [] : given(spec, reach, scope)
  const places = supplyAt(addresses, weight, reach)
  if (selector === undefined) return places
  return bothSupplies(places, selected(selector, weight, reach, inside(scope, 'selector')))
}

function given(spec: NonNullable<EndpointResource['spec']>, reach: Reach, scope: Scope): readonly string[] {
  const address = reach === 'file' ? (spec.filename ?? spec.address) : spec.address
  if (typeof address === 'string' && /^\S+$/.test(address)) return [address]
  const wanted = reach === 'file' ? '`filename`, the path of a socket' : '`address`, an IP address or a domain name'
  scope.findings.at('spec').problem('Invalid', `The endpoint needs ${wanted}, without spaces.`)
  return []
}

function selected(
  selector: NonNullable<EndpointResource['selector']>,
  weight: number,
  reach: Reach,
  scope: Scope,
): Supply {
  if (reach !== 'file') return podSupply(selector, weight, reach, scope.namespace, scope)
  scope.findings.problem('Invalid', 'Pods have no socket in the file system of a proxy: name it in `spec.filename`.')
  return NO_SUPPLY
}

/** What the pods of a selector give, which is that of a resource of `namespace`. */
export function podSupply(
  selector: NonNullable<EndpointResource['selector']>,
  weight: number,
  reach: Reach,
  namespace: string,
  { mesh: { world }, findings }: Scope,
): Supply {
  const pods = world.endpointPods(selector, namespace, findings)
  const found = pods.ready.map(pod => {
    const addresses = world.addresses(pod)
    return { address: reachable(addresses, reach), addresses }
  })
  return {
    places: found.flatMap(({ address }) => (address === undefined ? [] : [{ address, weight }])),
    total: pods.ready.length + pods.unready.length,
    unreachable: found.flatMap(({ address, addresses }) => (address === undefined ? addresses.slice(0, 1) : [])),
  }
}

export const NO_SUPPLY: Supply = { places: [], total: 0, unreachable: [] }

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

/** Names them. The first of several with one address counts: the proxy tells endpoints apart by their addresses. */
export function namedEndpoints(cluster: string, places: readonly Place[], scope: Scope): readonly Endpoint[] {
  const byAddress = new Map<string, Endpoint>()
  for (const { address, weight } of places) {
    const endpoint = { name: endpointName(cluster, address, weight), spec: { address }, weight }
    const first = byAddress.get(address)
    if (first === undefined) byAddress.set(address, endpoint)
    else if (first.weight !== weight) scope.findings.note(`${address} is there twice: the first weight counts`)
  }
  return [...byAddress.values()]
}
