/**
 * The ports of Services, as kube-proxy of old had them: what comes to an address and port of a Service goes on to those
 * of one of its pods, chosen anew for each connection, and for each client of UDP.
 */
import { hash } from 'node:crypto'
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Backend } from './local-services.ts'

export type Forwarder = {
  /** What new clients are sent to from now on; never none. */
  send(backends: readonly Backend[]): void
  close(): void
}

export type ForwarderOptions = {
  readonly protocol: 'TCP' | 'UDP'
  readonly address: string
  readonly port: number
  /** Whether a client stays with the backend that it was given first. */
  readonly sticky: boolean
}

/** Rejects where it cannot listen there. */
export function openForwarder(options: ForwarderOptions): Promise<Forwarder> {
  return options.protocol === 'TCP' ? forwardTcp(options) : forwardUdp(options)
}

async function forwardTcp({ address, port, sticky }: ForwarderOptions): Promise<Forwarder> {
  const choose = chooser(sticky)
  const open = new Set<Socket>()
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, client => {
    const backend = choose.for(client.remoteAddress ?? '')
    if (backend === undefined) return void client.destroy()
    const onward = connect({ host: backend.address, port: backend.port, allowHalfOpen: true, noDelay: true })
    join(client, onward)
    for (const socket of [client, onward]) {
      open.add(socket)
      socket.once('close', () => open.delete(socket))
    }
  })
  server.listen({ host: address, port, exclusive: true })
  await once(server, 'listening')
  server.on('error', () => {})
  return {
    send: choose.from,
    close() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}

/** Each ends as the other does. */
function join(client: Socket, onward: Socket): void {
  client.pipe(onward).pipe(client)
  for (const [one, other] of [
    [client, onward],
    [onward, client],
  ] as const) {
    one.on('error', () => other.destroy())
    one.once('close', () => one.readableEnded || other.destroy())
  }
}

/** As long as the kernel remembers where a client of UDP was sent. */
const UDP_IDLE_MS = 120_000

type UdpSession = { readonly backend: Backend; readonly socket: UdpSocket; readonly idle: NodeJS.Timeout }

async function forwardUdp({ address, port, sticky }: ForwarderOptions): Promise<Forwarder> {
  const choose = chooser(sticky)
  const sessions = new Map<string, UdpSession>()
  const server = createSocket('udp4')
  const end = (key: string) => {
    const session = sessions.get(key)
    if (session === undefined) return
    sessions.delete(key)
    clearTimeout(session.idle)
    session.socket.close()
  }
  const start = (key: string, client: RemoteInfo): UdpSession | undefined => {
    const backend = choose.for(client.address)
    if (backend === undefined) return undefined
    const socket = createSocket('udp4')
    const session = { backend, socket, idle: setTimeout(() => end(key), UDP_IDLE_MS).unref() }
    socket.on('message', answer => {
      session.idle.refresh()
      server.send(answer, client.port, client.address, () => {})
    })
    socket.on('error', () => end(key))
    sessions.set(key, session)
    return session
  }
  server.on('message', (message, client) => {
    const key = `${client.address}:${client.port}`
    const session = sessions.get(key) ?? start(key, client)
    session?.idle.refresh()
    session?.socket.send(message, session.backend.port, session.backend.address, () => {})
  })
  server.bind({ address, port, exclusive: true })
  await once(server, 'listening')
  server.on('error', () => {})
  return {
    send(backends) {
      choose.from(backends)
      const left = new Set(backends.map(keyOf))
      for (const [key, { backend }] of [...sessions]) if (!left.has(keyOf(backend))) end(key)
    },
    close() {
      for (const key of [...sessions.keys()]) end(key)
      server.close()
    },
  }
}

const keyOf = ({ address, port }: Backend) => `${address}:${port}`

/** By chance; or always the same for a client, whatever others come and go. */
function chooser(sticky: boolean) {
  let backends: readonly Backend[] = []
  return {
    from(next: readonly Backend[]) {
      backends = next
    },
    for(client: string): Backend | undefined {
      if (!sticky) return backends[Math.floor(Math.random() * backends.length)]
      const weights = backends.map(backend => ({ backend, weight: hash('sha1', `${client} ${keyOf(backend)}`) }))
      return weights.sort((a, b) => (a.weight < b.weight ? -1 : 1))[0]?.backend
    },
  }
}
