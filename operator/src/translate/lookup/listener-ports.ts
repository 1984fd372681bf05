/** The ports that VirtualServices listen at, as they are written. */
import type { ListenerSpec } from '@l7mesh/crds'
import { portOfSocket, socketOf } from '@l7mesh/proxy-client'

/** The port of the socket that a VirtualService listens at, like `udp:53`; undefined where it makes no listener. */
export function listenerPort(spec: ListenerSpec | undefined): string | undefined {
  const { UDP, TCP, HTTP, WebSocket, JSONSocket } = spec ?? {}
  if (JSONSocket?.transport) return listenerPort(JSONSocket.transport)
  if (UDP) return portOfSocket(socketOf({ protocol: 'UDP', port: UDP.port }))
  const { port } = TCP ?? HTTP ?? WebSocket ?? {}
  return port === undefined ? undefined : socketOf({ protocol: 'TCP', port })
}
