/** The implied clusters of Services that are destinations. */
import type { ClusterSpec, LoadBalancer } from '@l7mesh/proxy-client'
import { type EndpointSlice, type Service, type ServicePort, TOPOLOGY } from '../../../kinds/core-types.ts'
import { podOfEndpoint } from '../../lookup/selections.ts'
import { baseName, nameOf } from '../../names.ts'
import type { ProblemCollector } from '../../problems.ts'
import { addressProblem } from '../fields/addresses.ts'
import { portProblem } from '../fields/ports.ts'
import { reachOf } from '../fields/reach.ts'
import { isPortlessExternalName, type PortProtocol, protocolOf, servicePort } from '../references/service-ports.ts'
import { clusterName, finishCluster } from './clusters.ts'
import type { EndpointSupply } from './endpoint-supply.ts'
import { SPREAD, supplyAt, TERMINATING_ARE_USED } from './endpoints.ts'
import type { BuiltCluster, Scope } from './scope.ts'
import { type SliceSupply, sliceSupply } from './service-endpoints.ts'

/** `port` is a number or a name; undefined if the reference has none. `defaultProtocol` is the protocol of a Service without ports. */
export function buildService(
  key: string,
  port: string | undefined,
  defaultProtocol: PortProtocol | undefined,
  scope: Scope,
): BuiltCluster | undefined {
  const { problems } = scope
  const service = scope.lookup.services.get(key)
  if (service === undefined) return problems.add('RefNotFound', `Service ${key} not found.`)
  const isNumber = port !== undefined && /^\d+$/.test(port)
  const found =
    isPortlessExternalName(service) && isNumber ? { port: Number(port) } : servicePort(key, service, port, problems)
  const protocol = found && (isPortlessExternalName(service) ? defaultProtocol : protocolOf(key, found, problems))
  if (found === undefined || protocol === undefined) return undefined
  if (service.spec.type === 'ExternalName') return externalCluster(key, service, { protocol, port: found.port }, scope)
  const supply = suppliedBy(key, service, found, protocol, scope)
  const spec = { protocol, port: supply.port ?? targetPort(found) }
  if (!hasPort(key, spec.port, problems)) return undefined
  noteUnsupported(key, service, problems)
  return namedCluster(key, found.port, { spec, loadbalancer: balancerOf(service), supply }, scope)
}

type Parts = { readonly spec: ClusterSpec; readonly loadbalancer: LoadBalancer; readonly supply: EndpointSupply }

function namedCluster(key: string, port: number, parts: Parts, scope: Scope): BuiltCluster {
  return finishCluster({ name: clusterName(`${baseName('services', key)}:${port}`, parts), ...parts }, scope)
}

function externalCluster(
  key: string,
  { spec: { externalName } }: Service,
  spec: ClusterSpec & { readonly port: number },
  scope: Scope,
): BuiltCluster | undefined {
  const problem = addressProblem(externalName)
  if (problem !== undefined)
    return scope.problems.add('Invalid', `The externalName of Service ${key} is invalid: ${problem}`)
  if (!hasPort(key, spec.port, scope.problems)) return undefined
  const supply = supplyAt([externalName ?? ''], 1, reachOf(spec))
  return namedCluster(key, spec.port, { spec, loadbalancer: SPREAD, supply }, scope)
}

/** Limit of the addresses reported. */
const MOST_NOTES = 3

function suppliedBy(
  key: string,
  { spec }: Service,
  port: ServicePort,
  protocol: PortProtocol,
  scope: Scope,
): SliceSupply {
  const { lookup, problems } = scope
  const slices = lookup.slicesOf(key).map(slice => withoutFinishedPods(slice, scope))
  const reach = reachOf({ protocol, port: port.port })
  const supply = sliceSupply({ slices, port, families: spec.ipFamilies ?? [], reach })
  for (const problem of supply.problems.slice(0, MOST_NOTES)) problems.note(problem)
  if (supply.isTerminating) problems.note(TERMINATING_ARE_USED)
  const name = nameOf(key)
  if (slices.length === 0)
    problems.note(
      `Service ${key} has no EndpointSlice, so it has no endpoints: a manually created one needs the label ` +
        `kubernetes.io/service-name: ${name}, and must be in the namespace of the Service`,
    )
  else if (!supply.hasPort && slices.some(({ endpoints }) => endpoints.length > 0))
    problems.note(`no EndpointSlice of Service ${key} has ${portName(port)}${whereItIsNamed(port, spec)}`)
  return supply
}

function portName({ name }: ServicePort): string {
  return name ? `the port ${name}` : 'a port without a name'
}

/** Pods without the named target port of a Service are in its slices, but without that port. */
function whereItIsNamed({ targetPort, protocol = 'TCP' }: ServicePort, { selector }: Service['spec']): string {
  if (typeof targetPort !== 'string' || selector === undefined) return ''
  return `: its pods need a container port with the name ${targetPort} and the protocol ${protocol}`
}

function hasPort(key: string, port: number, problems: ProblemCollector): boolean {
  const problem = portProblem(port)
  if (problem !== undefined) problems.add('Invalid', `The port of Service ${key} is invalid: ${problem}.`)
  return problem === undefined
}

/** The target port as the Service defines it, if no EndpointSlice does. */
function targetPort({ port, targetPort: target }: ServicePort): number {
  return typeof target === 'number' ? target : port
}

function balancerOf({ spec }: Service): LoadBalancer {
  return spec.sessionAffinity === 'ClientIP' ? { policy: 'HashRing', key: '/IP/src_addr' } : SPREAD
}

/** The API server's default. */
const DEFAULT_AFFINITY_SECONDS = 10_800

/** Fields that control the traffic of a Service and that proxies do not support. */
function noteUnsupported(key: string, { metadata, spec }: Service, problems: ProblemCollector): void {
  const { internalTrafficPolicy, trafficDistribution, sessionAffinity, sessionAffinityConfig } = spec
  const at = `of Service ${key} is not supported`
  if (internalTrafficPolicy === 'Local')
    problems.note(`internalTrafficPolicy: Local ${at}: endpoints on all nodes are used`)
  if (trafficDistribution)
    problems.note(`trafficDistribution: ${trafficDistribution} ${at}: endpoints in all zones and nodes are used`)
  for (const [name, value] of Object.entries(metadata.annotations ?? {}))
    if (name.startsWith(TOPOLOGY) && /^auto$/i.test(value))
      problems.note(`${name}: ${value} ${at}: endpoints in all zones are used`)
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds
  if (sessionAffinity === 'ClientIP' && seconds !== undefined && seconds !== DEFAULT_AFFINITY_SECONDS)
    problems.note(`timeoutSeconds: ${seconds} ${at}: a client keeps its endpoint as long as that exists`)
}

/** Without the endpoints of finished pods: the slice may not be up to date. */
function withoutFinishedPods(slice: EndpointSlice, { lookup }: Scope): EndpointSlice {
  const endpoints = slice.endpoints.filter(endpoint => {
    const pod = podOfEndpoint(slice, endpoint)
    return pod === undefined || !lookup.isOver(pod)
  })
  return { ...slice, endpoints }
}
