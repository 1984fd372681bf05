/** What kind of sessions a listener takes, as far as it matters for what rules do with them. */
import type { ListenerSpec } from '@l7mesh/crds'

export type ListenerProtocol = 'udp' | 'http' | 'websocket' | 'other'

export function listenerProtocol(spec: ListenerSpec | undefined): ListenerProtocol {
  const { UDP, HTTP, WebSocket, JSONSocket } = spec ?? {}
  if (HTTP) return 'http'
  if (WebSocket || JSONSocket?.transport?.WebSocket) return 'websocket'
  return UDP ? 'udp' : 'other'
}

/** Sessions of HTTP and WebSocket come with headers. */
export function hasHeaders(protocol: ListenerProtocol): boolean {
  return protocol === 'http' || protocol === 'websocket'
}
