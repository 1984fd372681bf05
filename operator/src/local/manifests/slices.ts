/**
 * Computes EndpointSlices from Services and pods, as the endpoint slice controller does. Pure. Unchanged slices keep
 * their identity.
 */
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { EndpointSlice, Pod, ServicePort, SliceEndpoint } from '../../kinds/core-types.ts'
import type { ByName } from '../../sources/snapshot.ts'
import type { LocalService } from './workload.ts'

/** The limit of the endpoint slice controller. */
const MAX_ENDPOINTS = 100

type SlicePorts = NonNullable<EndpointSlice['ports']>

/** With the hostname of the pod under a headless Service. */
export type NamedEndpoint = SliceEndpoint & { readonly hostname?: string }

/** With the hostname and subdomain of its spec. */
type RunnerPod = Pod & { readonly spec: { readonly hostname?: string; readonly subdomain?: string } }

export function endpointSlices(
  services: readonly LocalService[],
  pods: readonly RunnerPod[],
  previous: ByName<EndpointSlice>,
): ByName<EndpointSlice> {
  const slices = services.flatMap(service => slicesOf(service, pods))
  const kept = slices.map(slice => {
    const key = `${slice.metadata.namespace}/${slice.metadata.name}`
    const before = previous.get(key)
    return [key, isDeepStrictEqual(before, slice) && before !== undefined ? before : slice] as const
  })
  const same = kept.length === previous.size && kept.every(([key, slice]) => previous.get(key) === slice)
  return same ? previous : new Map(kept)
}

/** One slice per set of port numbers: a named target port can have different numbers on different pods. */
function slicesOf(service: LocalService, pods: readonly RunnerPod[]): readonly EndpointSlice[] {
  const { selector, type } = service.spec
  if (selector === undefined || Object.keys(selector).length === 0 || type === 'ExternalName') return []
  const behind = pods.filter(pod => isBehind(pod, service, selector))
  const groups = Map.groupBy(behind, pod => JSON.stringify(portsOn(pod, service.spec.ports ?? [])))
  return [...groups].flatMap(([key, members]) => {
    const first = members[0]
    const ports = first === undefined ? [] : portsOn(first, service.spec.ports ?? [])
    return chunks(members, MAX_ENDPOINTS).map((chunk, index) => sliceOf(service, `${key}${index}`, ports, chunk))
  })
}

function isBehind({ metadata, status }: Pod, service: LocalService, selector: Readonly<Record<string, string>>) {
  return (
    metadata.namespace === service.metadata.namespace &&
    status?.podIP !== undefined &&
    status.phase !== 'Succeeded' &&
    status.phase !== 'Failed' &&
    Object.entries(selector).every(([key, value]) => metadata.labels?.[key] === value)
  )
}

function sliceOf(service: LocalService, key: string, ports: SlicePorts, pods: readonly RunnerPod[]): EndpointSlice {
  const { name, namespace } = service.metadata
  const suffix = createHash('sha256').update(key).digest('hex').slice(0, 5)
  return {
    metadata: {
      name: `${name}-${suffix}`,
      ...(namespace !== undefined && { namespace }),
      labels: {
        'kubernetes.io/service-name': name,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
    },
    addressType: 'IPv4',
    endpoints: pods.map(pod => endpointOf(pod, service)),
    ports,
  }
}

/** A terminating pod is never ready, but may still serve its existing sessions. */
function endpointOf({ metadata, spec, status }: RunnerPod, service: LocalService): NamedEndpoint {
  const always = service.spec.publishNotReadyAddresses === true
  const isNamed = spec.hostname !== undefined && spec.subdomain === service.metadata.name
  const serving = status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
  const terminating = metadata.deletionTimestamp !== undefined
  const { name, namespace } = metadata
  return {
    addresses: status?.podIP === undefined ? [] : [status.podIP],
    conditions: { ready: always || (serving && !terminating), serving, terminating },
    ...(isNamed && { hostname: spec.hostname }),
    targetRef: { kind: 'Pod', name, ...(namespace !== undefined && { namespace }) },
  }
}

/** The Service's ports as port numbers of this pod; named ports that the pod does not have are omitted. */
function portsOn(pod: Pod, ports: readonly ServicePort[]): SlicePorts {
  return ports.flatMap(({ name, port, targetPort = port, protocol = 'TCP' }) => {
    const number = typeof targetPort === 'number' ? targetPort : namedPort(pod, targetPort, protocol)
    return number === undefined ? [] : [{ name: name ?? '', port: number, protocol }]
  })
}

function namedPort({ spec }: Pod, name: string, protocol: string): number | undefined {
  const ports = spec.containers.flatMap(container => container.ports ?? [])
  return ports.find(port => port.name === name && (port.protocol ?? 'TCP') === protocol)?.containerPort
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const starts = Array.from({ length: Math.ceil(items.length / size) }, (_, index) => index * size)
  return starts.map(start => items.slice(start, start + size))
}
