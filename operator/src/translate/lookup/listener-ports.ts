/** The ports of listeners, as written in VirtualServices. */
import type { ListenerSpec } from '@l7mesh/crds'
import { portOfSocket, socketOf } from '@l7mesh/proxy-client'

/** The port of the socket of a listener, like `udp:53`; undefined if it has none. */
export function listenerPort(spec: ListenerSpec | undefined): string | undefined {
  const { UDP, TCP, HTTP, WebSocket, JSONSocket } = spec ?? {}
  if (JSONSocket?.transport) return listenerPort(JSONSocket.transport)
  if (UDP) return portOfSocket(socketOf({ protocol: 'UDP', port: UDP.port }))
  const { port } = TCP ?? HTTP ?? WebSocket ?? {}
  return port === undefined ? undefined : socketOf({ protocol: 'TCP', port })
}
