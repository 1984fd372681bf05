/** The sockets of the listeners of a fake proxy. No real socket is bound. */

import type { StoredListener } from './store.ts'
import { type Body, isBody } from './stored.ts'

export class Sockets {
  /** Ports that other processes on the proxy's host use. */
  readonly busy = { tcp: new Set<number>(), udp: new Set<number>() }
  readonly #listening = new Map<string, number>()

  /** Whether a listener of the proxy or another process accepts connections on the port. */
  accepts(port: number): boolean {
    return this.busy.tcp.has(port) || [...this.#listening.values()].includes(port)
  }

  /** Whether this listener accepts connections, and is not only listed. Only for TCP ports. */
  holds(listener: string): boolean {
    return this.#listening.has(listener)
  }

  /** A UDP port in use is an error; with a TCP port in use, there is no error, and nothing listens. */
  bind({ name, spec }: StoredListener): string | undefined {
    const { protocol, port, address } = transportOf(spec)
    if (typeof port !== 'number') return undefined
    if (protocol !== 'UDP') {
      if (!this.accepts(port)) this.#listening.set(name, port)
      return undefined
    }
    if (!this.busy.udp.has(port)) return undefined
    const socket = `${address ?? '0.0.0.0'}:${port}`
    return `UDPListener.run: "${name}": Could not bind to ${socket}: bind EADDRINUSE ${socket}`
  }

  unbind(name: string): void {
    this.#listening.delete(name)
  }

  clear(): void {
    this.#listening.clear()
  }
}

function transportOf(spec: Body): Body {
  return isBody(spec.transport) ? spec.transport : spec
}
