/** Counts the endpoints of a cluster, and notes those that cannot be reached. */
import type { Cluster, ClusterSpec } from '@l7mesh/proxy-client'
import type { EndpointCounts } from '../../desired.ts'
import { abbreviated } from '../../problems.ts'
import { reachOf } from '../fields/reach.ts'
import type { EndpointSupply } from './endpoint-supply.ts'
import type { Scope } from './scope.ts'

/** undefined for a protocol without endpoints. A duplicate endpoint counts once. */
export function countsOf(
  { spec, endpoints }: Cluster,
  { places, total, unreachable }: EndpointSupply,
  source: EndpointCounts['source'],
): EndpointCounts | undefined {
  const reach = reachOf(spec)
  if (reach === 'nothing') return undefined
  const addresses = endpoints.map(endpoint => endpoint.spec.address)
  return {
    protocol: carrierOf(spec),
    source,
    ready: endpoints.length,
    total: Math.max(total - (places.length - endpoints.length), endpoints.length),
    unreachable: [...new Set(unreachable)],
    names: reach === 'file' ? [] : addresses.filter(isName),
  }
}

export function noteUnreachable(spec: ClusterSpec, unreachable: readonly string[], { problems }: Scope): void {
  if (unreachable.length === 0) return
  problems.note(`omitted, because proxies support ${carrierOf(spec)} over IPv4 only: ${abbreviated(unreachable)}`)
}

function carrierOf(spec: ClusterSpec): string {
  return spec.protocol === 'JSONSocket' ? spec.transport.protocol : spec.protocol
}

/** Whether an address must be resolved. */
function isName(address: string): boolean {
  return !address.includes(':') && !/^[\d.]+$/.test(address)
}
