/**
 * Forwards the ports of Services, as the userspace mode of kube-proxy did: traffic to an address and port of a Service
 * is forwarded to one of its pods, chosen per TCP connection and per UDP client.
 */
import { hash } from 'node:crypto'
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Backend } from './local-services.ts'

export type Forwarder = {
  /** Sets the backends for new clients; at least one. */
  send(backends: readonly Backend[]): void
  close(): void
}

export type ForwarderOptions = {
  readonly protocol: 'TCP' | 'UDP'
  readonly address: string
  readonly port: number
  /** Session affinity: a client stays with its first backend. */
  readonly sticky: boolean
}

/** Rejects if it cannot listen. */
export function openForwarder(options: ForwarderOptions): Promise<Forwarder> {
  return options.protocol === 'TCP' ? forwardTcp(options) : forwardUdp(options)
}

async function forwardTcp({ address, port, sticky }: ForwarderOptions): Promise<Forwarder> {
  const balancer = loadBalancer(sticky)
  const open = new Set<Socket>()
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, client => {
    const backend = balancer.for(client.remoteAddress ?? '')
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
    send: balancer.from,
    close() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}

/** Either socket is closed in the same way as the other. */
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

/** The timeout of the kernel's connection tracking for UDP. */
const UDP_IDLE_MS = 120_000

type UdpSession = { readonly backend: Backend; readonly socket: UdpSocket; readonly idle: NodeJS.Timeout }

async function forwardUdp({ address, port, sticky }: ForwarderOptions): Promise<Forwarder> {
  const balancer = loadBalancer(sticky)
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
    const backend = balancer.for(client.address)
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
      balancer.from(backends)
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

/** Random; with `sticky`, by rendezvous hashing of the client's address. */
function loadBalancer(sticky: boolean) {
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
