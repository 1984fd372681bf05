/**
 * Whether anybody accepts connections on a TCP port of a proxy's host. The proxy answers 200 to a TCP, HTTP or WebSocket
 * listener whose port is taken, lists it, and does not listen (l7mp 0.5.7); only a connection tells.
 */
import { connect } from 'node:net'
import type { TransportListenerSpec } from '../model.ts'

export type Probe = (port: number) => Promise<'listening' | 'closed' | 'unknown'>

/**
 * Who or what is in the way of a listener of UDP or on a file, as a sentence; undefined where nothing is, or nobody can
 * know. The proxy shares a UDP port with others that share theirs, and each takes clients of the other; on a file that is
 * there already it does not listen. It says that all is well.
 */
export type Obstacle = (spec: TransportListenerSpec) => Promise<string | undefined>

/** How long to wait for the host to say yes or no, in milliseconds. */
const PATIENCE = 1000

export function createProbe(host: string): Probe {
  return port =>
    new Promise(resolve => {
      const socket = connect({ host, port, timeout: PATIENCE })
      const settle = (result: Awaited<ReturnType<Probe>>) => {
        // A polite end: a reset of a session that is being set up ends an unguarded proxy.
        if (result === 'listening') socket.end()
        else socket.destroy()
        resolve(result)
      }
      socket.once('connect', () => settle('listening'))
      socket.once('timeout', () => settle('unknown'))
      socket.on('error', (error: NodeJS.ErrnoException) => settle(error.code === 'ECONNREFUSED' ? 'closed' : 'unknown'))
      // Whoever answers is asked nothing, and what it says is not read.
      socket.resume()
    })
}
