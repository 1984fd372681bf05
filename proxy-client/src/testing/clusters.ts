/** The clusters of the fake proxy: the fields of a spec that it stores, by protocol, and its defaults. */
import type { Json } from '../model.ts'
import { type Body, isBody, refuse, type Stored } from './stored.ts'

export type StoredCluster = Stored & {
  readonly spec: Body
  readonly loadbalancer: Json
  readonly endpoints: string[]
  /** Lists a placeholder in the place of endpoints, because it has none. */
  readonly virtual: boolean
  /** The protocol of its endpoints; undefined if it has none. */
  readonly transport: string | undefined
}

const TRANSPORTS: ReadonlySet<unknown> = new Set(['WebSocket', 'UDP', 'TCP', 'UnixDomainSocket'])
const VIRTUAL_TRIVIAL: ReadonlySet<unknown> = new Set([
  'Echo',
  'Discard',
  'JSONEncap',
  'JSONDecap',
  'Metric',
  'Prometheus',
])
const VIRTUAL_NONE: ReadonlySet<unknown> = new Set(['Logger', 'Sync', 'Stdio', 'L7mpController'])

export function storedCluster(c: Body & { readonly name: string }): Omit<StoredCluster, 'inline'> {
  const spec = isBody(c.spec) ? c.spec : {}
  const head = { name: c.name, endpoints: [] }
  if (VIRTUAL_TRIVIAL.has(spec.protocol)) {
    // The real proxy lacks this for Prometheus.
    const virtual = spec.protocol !== 'Prometheus'
    return {
      ...head,
      spec: spec.protocol === 'Metric' ? metricSpec(spec) : { protocol: spec.protocol },
      loadbalancer: { policy: 'Trivial' },
      virtual,
      transport: undefined,
    }
  }
  if (VIRTUAL_NONE.has(spec.protocol))
    return { ...head, spec: virtualSpec(spec), loadbalancer: { policy: 'None' }, virtual: true, transport: undefined }
  checkProtocol(spec)
  const loadbalancer = storedLoadBalancer(c.loadbalancer)
  return { ...head, spec, loadbalancer, virtual: false, transport: transportOf(spec) }
}

/** As with the capability `metric-names`. */
function metricSpec({ protocol, byteCounterName, packetCounterName }: Body): Body {
  return {
    protocol,
    ...(byteCounterName !== undefined && { byteCounterName }),
    ...(packetCounterName !== undefined && { packetCounterName }),
  }
}

function virtualSpec(spec: Body): Body {
  const { protocol } = spec
  if (protocol === 'Logger') return { protocol, log_file: spec.log_file || '-', log_prefix: spec.log_prefix || '' }
  return protocol === 'Sync' ? { protocol, query: spec.query } : { protocol }
}

function checkProtocol({ protocol }: Body): void {
  if (protocol === 'HTTP') refuse('HTTPCluster is not defined')
  if (!TRANSPORTS.has(protocol) && protocol !== 'JSONSocket')
    refuse(`Cluster.create: TODO: Protocol "${protocol}" unimplemented`)
}

function transportOf({ protocol, transport }: Body): string {
  if (protocol !== 'JSONSocket') return String(protocol)
  const inner = isBody(transport) ? transport : refuse('JSONSocketCluster: No transport specified')
  checkProtocol(inner)
  return transportOf(inner)
}

function storedLoadBalancer(wanted: Json | undefined): Json {
  const { policy, key } = isBody(wanted) ? wanted : { policy: 'Trivial' }
  if (policy === 'HashRing' || policy === 'ConsistentHash') return { policy: 'HashRing', key: key || '<RANDOM>' }
  if (policy === 'Trivial' || policy === 'None') return { policy }
  return refuse(`LoadBalancer.create: TODO: Policy ${policy ? `"${policy}" unimplemented` : 'undefined'}`)
}
