/**
 * Whether a process accepts connections on a TCP port of a proxy's host. If the port of a TCP, HTTP or WebSocket listener is
 * in use, the proxy responds with 200, lists the listener, and does not listen (l7mp 0.5.7); only a connection shows it.
 */
import { connect } from 'node:net'
import type { TransportListenerSpec } from '../model.ts'

export type Probe = (port: number) => Promise<'listening' | 'closed' | 'unknown'>

/**
 * What prevents a listener on a UDP port or a Unix domain socket, as a message; undefined if nothing does, or if that is
 * unknown. The proxy shares a UDP port with other processes that allow it, so that each receives clients of the other; on an
 * existing socket file it does not listen. It reports success in both cases.
 */
export type Obstacle = (spec: TransportListenerSpec) => Promise<string | undefined>

/** The timeout of a connection, in milliseconds. */
const PATIENCE = 1000

export function createProbe(host: string): Probe {
  return port =>
    new Promise(resolve => {
      const socket = connect({ host, port, timeout: PATIENCE })
      const settle = (result: Awaited<ReturnType<Probe>>) => {
        // No reset: resetting a session during its setup crashes a proxy that is not hardened.
        if (result === 'listening') socket.end()
        else socket.destroy()
        resolve(result)
      }
      socket.once('connect', () => settle('listening'))
      socket.once('timeout', () => settle('unknown'))
      socket.on('error', (error: NodeJS.ErrnoException) => settle(error.code === 'ECONNREFUSED' ? 'closed' : 'unknown'))
      // Discards all data.
      socket.resume()
    })
}
