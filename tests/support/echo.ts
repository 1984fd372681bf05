/**
 * Backends for tests: they respond to each message with their own name and the message, on ports chosen by the kernel.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { WebSocketServer } from 'ws'

export type Backend = { readonly name: string; readonly address: string; readonly port: number; close(): Promise<void> }
export type Protocol = 'UDP' | 'TCP' | 'WebSocket'

export type EchoOptions = {
  readonly address?: string
  readonly port?: number
  /** Called for each received datagram. */
  readonly heard?: (message: string) => void
}

export function echo(protocol: Protocol, name: string, options: EchoOptions = {}): Promise<Backend> {
  const { address = '127.0.0.1', port = 0, heard = () => {} } = options
  switch (protocol) {
    case 'UDP':
      return udpEcho(name, address, port, heard)
    case 'TCP':
      return tcpEcho(name, address, port)
    case 'WebSocket':
      return webSocketEcho(name, address, port)
  }
}

async function udpEcho(
  name: string,
  address: string,
  port: number,
  heard: (message: string) => void,
): Promise<Backend> {
  const socket = createSocket('udp4')
  socket.on('message', (message, { port: from, address: host }) => {
    heard(`${message}`)
    socket.send(`${name} ${message}`, from, host)
  })
  // A disconnected client is not a failure of the backend.
  socket.on('error', () => {})
  socket.bind(port, address)
  await once(socket, 'listening')
  return { name, address, port: socket.address().port, close: async () => void socket.close() }
}

async function tcpEcho(name: string, address: string, port: number): Promise<Backend> {
  const server = createServer(socket => {
    socket.on('error', () => socket.destroy())
    createInterface({ input: socket }).on('line', line => socket.writable && socket.write(`${name} ${line}\n`))
  })
  server.listen(port, address)
  await once(server, 'listening')
  const bound = server.address() as AddressInfo
  return { name, address, port: bound.port, close: async () => void server.close() }
}

async function webSocketEcho(name: string, address: string, port: number): Promise<Backend> {
  const server = new WebSocketServer({ host: address, port })
  server.on('connection', socket => {
    socket.on('error', () => socket.terminate())
    socket.on('message', message => socket.send(`${name} ${message}`))
  })
  await once(server, 'listening')
  const bound = server.address() as AddressInfo
  return {
    name,
    address,
    port: bound.port,
    close: async () => {
      for (const client of server.clients) client.terminate()
      server.close()
    },
  }
}
