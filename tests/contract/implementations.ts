/** The proxies under test: the fake one over HTTP and in process, and the real one. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { ProxyClient } from '@l7mesh/proxy-client'
import { FakeProxy, startFakeProxy } from '@l7mesh/proxy-client/testing'
import { freePort, startRealProxy } from '../support/real-proxy.ts'

export type Running = {
  readonly client: ProxyClient
  /** Sends requests that the client would not send. */
  raw(method: string, path: string, body?: string, contentType?: string): Promise<{ status: number; text: string }>
  /** Another process takes a port of the proxy's host. Returns the port and how to free it. */
  occupy(transport: 'tcp' | 'udp'): Promise<{ readonly port: number; readonly free: () => Promise<void> }>
  restart(): Promise<void>
  stop(): Promise<void>
}

export type Implementation = { readonly name: 'fake' | 'fake over HTTP' | 'real'; start(): Promise<Running> }

export const IMPLEMENTATIONS: readonly Implementation[] = [
  { name: 'fake', start: startInProcess },
  { name: 'fake over HTTP', start: startOverHttp },
  { name: 'real', start: startReal },
]

async function startInProcess(): Promise<Running> {
  const proxy = new FakeProxy()
  const client = new ProxyClient({ origin: 'http://fake', transport: proxy.transport() })
  return {
    client,
    raw: async (method, path, body, contentType) => {
      const { status, body: text } = proxy.handle(method, path, body, contentType)
      return { status, text }
    },
    occupy: occupyIn(proxy),
    restart: async () => proxy.restart(),
    stop: () => client.close(),
  }
}

async function startOverHttp(): Promise<Running> {
  const server = await startFakeProxy()
  const client = new ProxyClient({ origin: server.origin })
  const stop = async () => {
    await client.close()
    await server.stop()
  }
  const restart = async () => {
    // A request that goes out before the client has noticed would be lost.
    const noticed = new Promise(resolve => client.onDisconnect(resolve))
    server.proxy.restart()
    await noticed
  }
  return { client, raw: rawOver(server.origin), occupy: occupyIn(server.proxy), restart, stop }
}

async function startReal(): Promise<Running> {
  const proxy = await startRealProxy()
  const client = new ProxyClient({ origin: proxy.origin })
  const stop = async () => {
    await client.close()
    await proxy.stop()
  }
  return { client, raw: rawOver(proxy.origin), occupy, restart: () => proxy.restart(), stop }
}

function occupyIn({ sockets }: FakeProxy): Running['occupy'] {
  return async transport => {
    const port = await freePort()
    sockets.busy[transport].add(port)
    return { port, free: async () => void sockets.busy[transport].delete(port) }
  }
}

const occupy: Running['occupy'] = transport => (transport === 'tcp' ? occupyTcp() : occupyUdp())

async function occupyTcp(): ReturnType<Running['occupy']> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, free: async () => void (await once(server.close(), 'close')) }
}

async function occupyUdp(): ReturnType<Running['occupy']> {
  const socket = createSocket('udp4').bind(0)
  await once(socket, 'listening')
  return { port: socket.address().port, free: async () => void (await once(socket.close(), 'close')) }
}

function rawOver(origin: string): Running['raw'] {
  return async (method, path, body, contentType = 'application/json') => {
    const init = body === undefined ? {} : { body, headers: { 'content-type': contentType } }
    const response = await fetch(`${origin}${path}`, { method, ...init })
    return { status: response.status, text: await response.text() }
  }
}
