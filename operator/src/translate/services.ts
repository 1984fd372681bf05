/** Naked Services: the clusters that are implied where a Service is named as destination. */
import type { ClusterSpec } from '@l7mesh/proxy-client'
import type { EndpointSlice, Service, ServicePort } from '../sources/kubernetes.ts'
import { clusterName, finishCluster } from './clusters.ts'
import { NO_SUPPLY, type Reach, reachable, reachOf, supplyAt } from './endpoints.ts'
import { baseName } from './names.ts'
import { hasGoodPort } from './ports.ts'
import type { BuiltCluster, Scope } from './scope.ts'
import type { Supply } from './supply.ts'

/** `port` is a number or a name; undefined where the reference leaves it open. */
export function buildService(key: string, port: string | undefined, scope: Scope): BuiltCluster | undefined {
  const service = scope.mesh.world.service(key)
  if (service === undefined) return scope.findings.problem('RefNotFound', `There is no Service ${key}.`)
  const found = servicePort(key, service, port, scope)
  if (found === undefined) return undefined
  const protocol = protocolOf(found)
  if (protocol === undefined)
    return scope.findings.problem(
      'Unsupported',
      `Port ${found.port} of Service ${key} is ${found.protocol}, which proxies do not speak.`,
    )
  const slices = scope.mesh.world.slices(key).map(slice => ({ slice, port: slicePort(slice, found) }))
  const target = targetPort(service, found, slices)
  const spec: ClusterSpec = { protocol, port: target }
  if (!hasGoodPort(spec, scope.findings)) return undefined
  const reached = slices.filter(({ port: at }) => at === target)
  if (reached.length < slices.length)
    scope.findings.note(`the pods of Service ${key} use several target ports: those with ${target} are used`)
  const supply = supplyOf(
    service,
    reached.map(({ slice }) => slice),
    reachOf(spec),
  )
  const loadbalancer = { policy: 'Trivial' } as const
  const name = clusterName(`${baseName('services', key)}:${found.port}`, { spec, loadbalancer })
  return finishCluster({ name, spec, loadbalancer, supply }, scope)
}

function servicePort(
  key: string,
  { spec }: Service,
  wanted: string | undefined,
  { findings }: Scope,
): ServicePort | undefined {
  const ports = spec.ports ?? []
  const listed = ports.map(({ name, port }) => (name === undefined ? port : `${name} (${port})`)).join(', ') || 'none'
  const [first] = ports
  if (wanted === undefined) {
    if (first !== undefined && ports.length === 1) return first
    return findings.problem(
      'RefAmbiguous',
      `Service ${key} has not one port: add the port, like \`NAME:PORT\`. Its ports: ${listed}.`,
    )
  }
  const found = ports.filter(({ name, port }) => name === wanted || String(port) === wanted)
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  if (found.length > 1)
    return findings.problem(
      'RefAmbiguous',
      `Service ${key} has port ${wanted} for several protocols: use its name. Its ports: ${listed}.`,
    )
  if (ports.length === 0 && spec.type === 'ExternalName' && /^\d+$/.test(wanted)) return { port: Number(wanted) }
  return findings.problem('RefNotFound', `Service ${key} has no port ${wanted}. Its ports: ${listed}.`)
}

function protocolOf({ protocol = 'TCP', appProtocol }: ServicePort): 'UDP' | 'TCP' | 'WebSocket' | undefined {
  if (protocol === 'UDP') return 'UDP'
  if (protocol !== 'TCP') return undefined
  return appProtocol === 'kubernetes.io/ws' ? 'WebSocket' : 'TCP'
}

function slicePort({ ports = [] }: EndpointSlice, { name }: ServicePort): number | undefined {
  return ports.find(port => (port.name ?? '') === (name ?? ''))?.port
}

function targetPort(
  { spec }: Service,
  { port, targetPort: target }: ServicePort,
  slices: readonly { readonly port: number | undefined }[],
): number {
  if (spec.type === 'ExternalName') return port
  const known = slices.find(slice => slice.port !== undefined)?.port
  return known ?? (typeof target === 'number' ? target : port)
}

function supplyOf({ spec }: Service, slices: readonly EndpointSlice[], reach: Reach): Supply {
  if (spec.type === 'ExternalName') return spec.externalName ? supplyAt([spec.externalName], 1, reach) : NO_SUPPLY
  const endpoints = slices.flatMap(slice =>
    slice.endpoints.filter(({ conditions }) => conditions?.terminating !== true),
  )
  const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false)
  const addresses = ready.map(({ addresses: of }) => reachable(of, reach)).filter(address => address !== undefined)
  return {
    places: addresses.sort().map(address => ({ address, weight: 1 })),
    total: endpoints.length,
    unreachable: ready.flatMap(({ addresses: of }) => (reachable(of, reach) === undefined ? of.slice(0, 1) : [])),
  }
}
