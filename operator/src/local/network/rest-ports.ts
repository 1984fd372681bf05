/** Allocates the REST API ports of proxies that share an address. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { firstFreePort } from './address-plan.ts'

export type PortAllocator = {
  /** The wanted port, or the next free one; `isFree` checks with the system. */
  claim(space: string, wanted: number, isFree: (port: number) => Promise<boolean>): Promise<number>
  release(space: string, port: number): void
}

export function portAllocator(): PortAllocator {
  const bySpace = new Map<string, Set<number>>()
  let last: Promise<unknown> = Promise.resolve()
  return {
    claim(space, wanted, isFree) {
      const ports = bySpace.get(space) ?? new Set<number>()
      bySpace.set(space, ports)
      // One after the other: concurrent checks would find the same port free.
      const claimed = last
        .then(() => firstFreePort(wanted, ports, isFree))
        .then(port => {
          ports.add(port)
          return port
        })
      last = claimed.catch(() => {})
      return claimed
    },
    release: (space, port) => void bySpace.get(space)?.delete(port),
  }
}

/** Whether a server can listen on this address and port now. */
export async function canListen(address: string, port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen({ host: address, port, exclusive: true })
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
