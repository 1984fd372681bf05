/**
 * Mirrors Endpoints objects to EndpointSlices like the endpointslice-mirroring controller of a cluster: those of
 * Services without a selector, whose slices no other controller creates. Pure. Used for folders; a cluster has its own
 * controller.
 */
import { createHash } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'
import type { EndpointSlice, Service, SliceEndpoint } from '../../kinds/core-types.ts'
import type { Manifest } from '../manifest.ts'
import type { ByName } from '../snapshot.ts'

const SERVICE_NAME = 'kubernetes.io/service-name'
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by'
const MIRRORING = 'endpointslicemirroring-controller.k8s.io'
const SKIP = 'endpointslice.kubernetes.io/skip-mirror'
const LEADER = 'control-plane.alpha.kubernetes.io/leader'

type SubsetAddress = { readonly ip: string; readonly targetRef?: SliceEndpoint['targetRef'] }
type Subset = {
  readonly addresses?: readonly SubsetAddress[]
  readonly notReadyAddresses?: readonly SubsetAddress[]
  readonly ports?: NonNullable<EndpointSlice['ports']>
}
/** Validated on admission. */
export type MirroredEndpoints = Manifest & { readonly subsets?: readonly Subset[] }

/**
 * Returns the slices to add to the written ones. If the written ones include mirrored slices, as in a dump of a
 * cluster, none are added for these. A slice that equals the one in `before` is the same object.
 */
export function mirrorSlices(
  all: readonly MirroredEndpoints[],
  services: ByName<Service>,
  written: ByName<EndpointSlice>,
  before: ByName<EndpointSlice>,
): readonly (readonly [string, EndpointSlice])[] {
  const done = new Set([...written.values()].filter(isMirror).map(serviceOf))
  return all
    .filter(endpoints => isToMirror(endpoints, services) && !done.has(nameOf(endpoints)))
    .flatMap(slicesOf)
    .map(slice => {
      const name = nameOf(slice)
      const known = before.get(name)
      return [name, known && JSON.stringify(known) === JSON.stringify(slice) ? known : slice] as const
    })
}

function isToMirror({ metadata }: MirroredEndpoints, services: ByName<Service>): boolean {
  const { labels = {}, annotations = {} } = metadata
  const service = services.get(nameOf({ metadata }))
  return service !== undefined && !hasSelector(service) && labels[SKIP] !== 'true' && !(LEADER in annotations)
}

/** An API server drops an empty selector. */
function hasSelector({ spec }: Service): boolean {
  return Object.keys(spec.selector ?? {}).length > 0
}

function isMirror({ metadata }: EndpointSlice): boolean {
  return metadata.labels?.[MANAGED_BY] === MIRRORING
}

function serviceOf({ metadata }: EndpointSlice): string {
  return `${metadata.namespace}/${metadata.labels?.[SERVICE_NAME]}`
}

function nameOf({ metadata }: Pick<MirroredEndpoints | EndpointSlice, 'metadata'>): string {
  return `${metadata.namespace}/${metadata.name}`
}

type Addresses = { readonly ready: Map<string, SubsetAddress>; readonly unready: Map<string, SubsetAddress> }

/** Creates one slice per set of ports and address family. */
function slicesOf({ metadata, subsets = [] }: MirroredEndpoints): readonly EndpointSlice[] {
  const groups = new Map<string, Addresses & { readonly ports: NonNullable<Subset['ports']> }>()
  for (const { ports = [], addresses = [], notReadyAddresses = [] } of subsets) {
    const group = groupOf(groups, ports)
    for (const address of addresses) group.ready.set(address.ip, address)
    for (const address of notReadyAddresses) group.unready.set(address.ip, address)
  }
  return [...groups].flatMap(([key, { ports, ...addresses }]) =>
    (['IPv4', 'IPv6'] as const).flatMap(family => {
      const endpoints = endpointsOf(addresses, family)
      return endpoints.length === 0 ? [] : [sliceOf(metadata, `${key} ${family}`, family, endpoints, ports)]
    }),
  )
}

function groupOf(
  groups: Map<string, Addresses & { readonly ports: NonNullable<Subset['ports']> }>,
  ports: NonNullable<Subset['ports']>,
) {
  const key = JSON.stringify(ports.map(({ name = '', port, protocol = 'TCP' }) => [name, port, protocol]).sort())
  const group = groups.get(key) ?? { ready: new Map(), unready: new Map(), ports }
  groups.set(key, group)
  return group
}

function endpointsOf({ ready, unready }: Addresses, family: 'IPv4' | 'IPv6'): readonly SliceEndpoint[] {
  const isOf = family === 'IPv4' ? isIPv4 : isIPv6
  const all = [
    ...[...ready.values()].map(address => ({ address, isReady: true })),
    ...[...unready.values()].filter(({ ip }) => !ready.has(ip)).map(address => ({ address, isReady: false })),
  ]
  return all
    .filter(({ address }) => isOf(address.ip))
    .map(({ address: { ip, targetRef }, isReady }) => ({
      addresses: [ip],
      conditions: { ready: isReady },
      ...(targetRef && { targetRef }),
    }))
}

function sliceOf(
  { name, namespace, labels }: Manifest['metadata'],
  key: string,
  addressType: 'IPv4' | 'IPv6',
  endpoints: readonly SliceEndpoint[],
  ports: NonNullable<Subset['ports']>,
): EndpointSlice {
  const suffix = createHash('sha256').update(key).digest('hex').slice(0, 5)
  return {
    metadata: {
      name: `${name}-${suffix}`,
      namespace,
      labels: { ...labels, [SERVICE_NAME]: name, [MANAGED_BY]: MIRRORING },
    },
    addressType,
    endpoints,
    ports: ports.map(({ name = '', port, protocol = 'TCP' }) => ({
      name,
      ...(port !== undefined && { port }),
      protocol,
    })),
  }
}
