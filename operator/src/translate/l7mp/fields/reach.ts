/** The addresses that a cluster can reach. */
import type { ClusterSpec } from '@l7mesh/proxy-client'

/** The kind of addresses of a cluster. The proxy supports UDP over IPv4 only, and no IPv6 address in a WebSocket URL. */
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
