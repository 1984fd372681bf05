/** The protocol of the sessions of a listener, as far as rules depend on it. */
import type { ListenerSpec } from '@l7mesh/crds'

export type ListenerProtocol = 'udp' | 'http' | 'websocket' | 'other'

export function listenerProtocol(spec: ListenerSpec | undefined): ListenerProtocol {
  const { UDP, HTTP, WebSocket, JSONSocket } = spec ?? {}
  if (HTTP) return 'http'
  if (WebSocket || JSONSocket?.transport?.WebSocket) return 'websocket'
  return UDP ? 'udp' : 'other'
}

/** Sessions of HTTP and WebSocket have headers. */
export function hasHeaders(protocol: ListenerProtocol): boolean {
  return protocol === 'http' || protocol === 'websocket'
}
