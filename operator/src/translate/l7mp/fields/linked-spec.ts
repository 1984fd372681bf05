/** The spec of a cluster whose endpoints are the listeners of a VirtualService. */
import type { ListenerSpec } from '@l7mesh/crds'
import type { ClusterSpec, TransportClusterSpec } from '@l7mesh/proxy-client'
import type { ProblemCollector } from '../../problems.ts'
import { oneOf } from './one-of.ts'

/** The spec of a listener as that of a cluster, without the fields that only listeners have. */
export function linkedSpec(listener: ListenerSpec, problems: ProblemCollector): ClusterSpec | undefined {
  const protocol = oneOf(listener, ['UDP', 'TCP', 'HTTP', 'WebSocket', 'UnixDomainSocket', 'JSONSocket'], problems)
  if (protocol === undefined) return undefined
  if (protocol === 'HTTP')
    return problems.add('Unsupported', 'An HTTP listener cannot be a destination: proxies do not open HTTP sessions.')
  if (listener.JSONSocket === undefined) return linkedTransport(listener)
  const transport = linkedTransport(listener.JSONSocket.transport)
  return transport && { protocol: 'JSONSocket', transport }
}

function linkedTransport(listener: Omit<ListenerSpec, 'HTTP' | 'JSONSocket'>): TransportClusterSpec | undefined {
  if (listener.UDP) return { protocol: 'UDP', port: listener.UDP.port }
  if (listener.TCP) return { protocol: 'TCP', port: listener.TCP.port }
  if (listener.WebSocket) return { protocol: 'WebSocket', port: listener.WebSocket.port }
  return listener.UnixDomainSocket && { protocol: 'UnixDomainSocket' }
}
