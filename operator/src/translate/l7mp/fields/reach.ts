/** Which addresses a cluster can reach. */
import type { ClusterSpec } from '@l7mesh/proxy-client'

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
