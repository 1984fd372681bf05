/**
 * The backends of the Services of a snapshot: the addresses of their endpoints, and the pods' port of each Service
 * port. Pure. `cluster-names.ts` derives DNS names from it, `port-forwards.ts` forwards connections.
 */
import type { EndpointSlice, Service, ServicePort, SliceEndpoint } from '../../kinds/core-types.ts'
import type { ByName } from '../../sources/snapshot.ts'
import type { NamedEndpoint } from '../manifests/slices.ts'

export type Backend = { readonly address: string; readonly port: number }

export type ServedPort = {
  readonly protocol: 'TCP' | 'UDP'
  readonly port: number
  readonly backends: readonly Backend[]
}

export type ServiceView = {
  /** `NAMESPACE/NAME`. */
  readonly key: string
  readonly namespace: string
  readonly name: string
  /** The target of an ExternalName. */
  readonly externalName?: string
  readonly headless: boolean
  readonly endpoints: readonly { readonly address: string; readonly hostname?: string }[]
  readonly ports: readonly ServedPort[]
  /** Whether a port of the Service has a different number on its pods. */
  readonly mapsPorts: boolean
  /** Session affinity: a client stays with its first pod. */
  readonly sticky: boolean
}

type ServiceObjects = { readonly services: ByName<Service>; readonly endpointSlices: ByName<EndpointSlice> }

export function serviceViews({ services, endpointSlices }: ServiceObjects): readonly ServiceView[] {
  const slicesOf = Map.groupBy(endpointSlices.values(), ({ metadata }) => {
    return `${metadata.namespace ?? 'default'}/${metadata.labels?.['kubernetes.io/service-name'] ?? ''}`
  })
  return [...services].map(([key, service]) => viewOf(key, service, slicesOf.get(key) ?? []))
}

function viewOf(key: string, { metadata, spec }: Service, slices: readonly EndpointSlice[]): ServiceView {
  const ports = (spec.ports ?? []).flatMap(port => servedPort(port, slices))
  const mapsPorts =
    (spec.ports ?? []).some(({ port, targetPort = port }) => targetPort !== port) ||
    ports.some(({ port, backends }) => backends.some(backend => backend.port !== port))
  return {
    key,
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    ...(spec.type === 'ExternalName' && { externalName: spec.externalName ?? '' }),
    headless: spec.clusterIP === 'None',
    endpoints: usable(slices).flatMap(({ endpoint }) => endpoint.addresses.slice(0, 1).map(named(endpoint))),
    ports,
    mapsPorts,
    sticky: 'sessionAffinity' in spec && spec.sessionAffinity === 'ClientIP',
  }
}

const named = (endpoint: NamedEndpoint) => (address: string) => ({
  address,
  ...(endpoint.hostname !== undefined && { hostname: endpoint.hostname }),
})

function servedPort({ name = '', port, protocol = 'TCP' }: ServicePort, slices: readonly EndpointSlice[]) {
  if (protocol !== 'TCP' && protocol !== 'UDP') return []
  const backends = usable(slices).flatMap(({ slice, endpoint }) => {
    const own = slice.ports?.find(each => (each.name ?? '') === name && (each.protocol ?? 'TCP') === protocol)?.port
    const [address] = endpoint.addresses
    return own === undefined || address === undefined ? [] : [{ address, port: own }]
  })
  return [{ protocol, port, backends } as const]
}

/** The ready endpoints, or else the terminating ones that still serve. */
function usable(slices: readonly EndpointSlice[]): readonly { slice: EndpointSlice; endpoint: NamedEndpoint }[] {
  const all = slices
    .filter(({ addressType }) => addressType === 'IPv4')
    .flatMap(slice => slice.endpoints.map(endpoint => ({ slice, endpoint })))
  const ready = all.filter(({ endpoint }) => endpoint.conditions?.ready !== false)
  return ready.length > 0 ? ready : all.filter(({ endpoint }) => stillServes(endpoint))
}

const stillServes = ({ conditions }: SliceEndpoint) => conditions?.serving !== false && conditions?.terminating === true
