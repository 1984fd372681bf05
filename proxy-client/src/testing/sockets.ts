/** Which listeners of an imitated proxy got their sockets. Nothing real is bound. */

import type { StoredListener } from './store.ts'
import { type Body, isBody } from './stored.ts'

export class Sockets {
  /** Ports that other processes of the proxy's host have taken. */
  readonly busy = { tcp: new Set<number>(), udp: new Set<number>() }
  readonly #listening = new Map<string, number>()

  /** Whether anything accepts a connection on the port: a listener of the proxy or another process. */
  accepts(port: number): boolean {
    return this.busy.tcp.has(port) || [...this.#listening.values()].includes(port)
  }

  /** Whether this listener does, as opposed to being listed. Known of those on TCP ports only. */
  holds(listener: string): boolean {
    return this.#listening.has(listener)
  }

  /** A UDP port that is taken is an error; a TCP port that is taken is none, and nothing listens. */
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
