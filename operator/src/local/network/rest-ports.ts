/** Which proxy has which REST port, where several share an address. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { firstFreePort } from './address-plan.ts'

export type PortBook = {
  /** The wanted port, or the next one that is free; `isFree` asks the system. */
  claim(space: string, wanted: number, isFree: (port: number) => Promise<boolean>): Promise<number>
  release(space: string, port: number): void
}

export function portBook(): PortBook {
  const bySpace = new Map<string, Set<number>>()
  let last: Promise<unknown> = Promise.resolve()
  return {
    claim(space, wanted, isFree) {
      const ports = bySpace.get(space) ?? new Set<number>()
      bySpace.set(space, ports)
      // One after the other, or two would find the same port free.
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

/** Whether a server could listen on this address and port now. */
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
