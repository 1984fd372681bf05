/** The endpoints of clusters: addresses as given, and those of the pods that a selector selects. */
import type { Cluster as ClusterResource, Endpoint as EndpointResource } from '@l7mesh/crds'
import type { ClusterSpec, Endpoint } from '@l7mesh/proxy-client'
import { endpointName } from './names.ts'
import { inside, type Scope } from './scope.ts'

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

/** The places that a cluster names. Order means nothing to the proxy's config, and is kept for people. */
export function placesOf(cluster: ClusterResource, reach: Reach, scope: Scope): readonly Place[] {
  const { endpoints = [], spec } = cluster
  if (reach === 'nothing') {
    if (endpoints.length > 0)
      scope.findings.at('endpoints').note('accepted, without effect: this cluster connects to nothing')
    return []
  }
  const socket = spec.UnixDomainSocket ?? spec.JSONSocket?.transport.UnixDomainSocket
  if (endpoints.length === 0 && socket?.filename !== undefined) return [{ address: socket.filename, weight: 1 }]
  return endpoints.flatMap((endpoint, i) => placesOfEndpoint(endpoint, reach, inside(scope, 'endpoints', i)))
}

function placesOfEndpoint(endpoint: EndpointResource, reach: Reach, scope: Scope): readonly Place[] {
  const { spec, selector } = endpoint
  const weight = endpoint.weight ?? spec?.weight ?? 1
  scope.findings.idle(endpoint, 'name')
  if (weight <= 0) {
    scope.findings.note('left out, since its weight is not positive')
    return []
  }
  const addresses = spec === undefined ? [] : given(spec, reach, scope)
  return [...addresses, ...(selector === undefined ? [] : selected(selector, reach, inside(scope, 'selector')))].map(
    address => ({ address, weight }),
  )
}

function given(spec: NonNullable<EndpointResource['spec']>, reach: Reach, scope: Scope): readonly string[] {
  const address = reach === 'file' ? (spec.filename ?? spec.address) : spec.address
  if (typeof address === 'string' && /^\S+$/.test(address)) return [address]
  const wanted = reach === 'file' ? '`filename`, the path of a socket' : '`address`, an IP address or a domain name'
  scope.findings.at('spec').problem('Invalid', `The endpoint needs ${wanted}, without spaces.`)
  return []
}

function selected(selector: NonNullable<EndpointResource['selector']>, reach: Reach, scope: Scope): readonly string[] {
  const { world } = scope.mesh
  if (reach === 'file') {
    scope.findings.problem('Invalid', 'Pods have no socket in the file system of a proxy: name it in `spec.filename`.')
    return []
  }
  return addressesOf(world.select(selector, scope.namespace, scope.findings) ?? [], reach, scope)
}

/** The addresses of pods, by key. */
export function addressesOf(pods: readonly string[], reach: Reach, { mesh }: Scope): readonly string[] {
  return pods.map(pod => reachable(mesh.world.addresses(pod), reach)).filter(address => address !== undefined)
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
