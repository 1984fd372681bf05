/** The clusters of the imitated proxy: what it keeps of a cluster's spec, by protocol, and what it fills in. */
import type { Json } from '../model.ts'
import { type Body, isBody, refuse, type Stored } from './stored.ts'

export type StoredCluster = Stored & {
  readonly spec: Body
  readonly loadbalancer: Json
  readonly endpoints: string[]
  /** Lists a stand-in for its endpoints, which it has none of. */
  readonly virtual: boolean
  /** The protocol that its endpoints speak; undefined where it takes none. */
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
    // The proxy forgot to say so of Prometheus.
    const virtual = spec.protocol !== 'Prometheus'
    return {
      ...head,
      spec: { protocol: spec.protocol },
      loadbalancer: { policy: 'Trivial' },
      virtual,
      transport: undefined,
    }
  }
  if (VIRTUAL_NONE.has(spec.protocol))
    return { ...head, spec: virtualSpec(spec), loadbalancer: { policy: 'None' }, virtual: true, transport: undefined }
  const transport = transportOf(spec)
  return { ...head, spec, loadbalancer: storedLoadBalancer(c.loadbalancer), virtual: false, transport }
}

function virtualSpec(spec: Body): Body {
  const { protocol } = spec
  if (protocol === 'Logger') return { protocol, log_file: spec.log_file || '-', log_prefix: spec.log_prefix || '' }
  return protocol === 'Sync' ? { protocol, query: spec.query } : { protocol }
}

function transportOf(spec: Body): string {
  const { protocol, transport } = spec
  if (protocol === 'HTTP') return refuse('HTTPCluster is not defined')
  if (TRANSPORTS.has(protocol)) return String(protocol)
  if (protocol !== 'JSONSocket') return refuse(`Cluster.create: TODO: Protocol "${protocol}" unimplemented`)
  return isBody(transport) ? transportOf(transport) : refuse('JSONSocketCluster: No transport specified')
}

function storedLoadBalancer(wanted: Json | undefined): Json {
  const { policy, key } = isBody(wanted) ? wanted : { policy: 'Trivial' }
  if (policy === 'HashRing' || policy === 'ConsistentHash') return { policy: 'HashRing', key: key || '<RANDOM>' }
  if (policy === 'Trivial' || policy === 'None') return { policy }
  return refuse(`LoadBalancer.create: TODO: Policy ${policy ? `"${policy}" unimplemented` : 'undefined'}`)
}
