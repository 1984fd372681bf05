/** Serves a fake proxy on a real HTTP port of the loopback interface, with the HTTP peculiarities of the real proxy. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { type Effect, FakeProxy, type FakeProxyOptions } from './fake-proxy.ts'

export type FakeServer = {
  readonly proxy: FakeProxy
  readonly origin: string
  readonly port: number
  /** Closes all connections and the port. */
  stop(): Promise<void>
}

export type FakeServerOptions = FakeProxyOptions & {
  /** Requests without this bearer token get a 404. Called for each request. Default: no token is required. */
  readonly token?: string | (() => string)
}

export async function startFakeProxy(options: FakeServerOptions = {}): Promise<FakeServer> {
  const proxy = new FakeProxy(options)
  const server = createServer((request, response) => void serve(proxy, options.token, request, response))
  // Like the real proxy.
  server.keepAliveTimeout = 5000
  server.on('connection', socket => {
    if (!proxy.alive) socket.destroy()
  })
  const stopWatching = proxy.transport().onDisconnect(() => {
    if (!proxy.alive) server.closeAllConnections()
  })
  const port = await listen(server)
  const stop = async () => {
    stopWatching()
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { proxy, origin: `http://127.0.0.1:${port}`, port, stop }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

async function serve(
  proxy: FakeProxy,
  required: FakeServerOptions['token'],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await text(request).catch(() => undefined)
  if (body === undefined) return
  const token = typeof required === 'function' ? required() : required
  if (token !== undefined && request.headers.authorization !== `Bearer ${token}`)
    return reply(response, { status: 404, body: JSON.stringify({ status: 404, message: 'Not Found' }) })
  const method = request.method as 'GET' | 'POST' | 'DELETE'
  const call = { method, target: request.url ?? '', ...(method === 'POST' && { body }) }
  perform(proxy.receive(call, request.headers['content-type'] ?? ''), response)
}

function perform(effect: Effect, response: ServerResponse): void {
  switch (effect.kind) {
    case 'answer':
      if (effect.milliseconds > 0) setTimeout(reply, effect.milliseconds, response, effect.answer)
      else reply(response, effect.answer)
      return
    case 'refused':
    case 'reset':
      response.destroy()
      return
    case 'silence':
      return
  }
}

/** The content length of errors is in characters instead of bytes; successful responses have no content type. */
function reply(response: ServerResponse, { status, body }: { readonly status: number; readonly body: string }): void {
  if (status !== 200) response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length })
  response.end(body)
}
