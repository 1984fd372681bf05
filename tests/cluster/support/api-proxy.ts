/**
 * A way to the API server on which things go wrong: requests are held up, answered with an error, or broken off; the
 * rest goes through as it is, watches included. Plain HTTP on the loopback, and credentials pass through.
 */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { Agent } from 'undici'
import { API_ADDRESS, API_PORT } from '../control-plane.ts'

export type Passing = {
  readonly method: string
  /** `/apis/l7mp.io/v1/targets` */
  readonly path: string
  readonly isWatch: boolean
}

/** What becomes of a request: an HTTP status, a broken connection, or, once that resolves, the answer. */
export type Trouble = number | 'reset' | Promise<void> | undefined

export class ApiProxy {
  /** Every request so far. */
  readonly passed: Passing[] = []
  /** Decides what becomes of a request. */
  trouble: (request: Passing) => Trouble = () => undefined
  readonly #server = createServer()
  readonly #agent: Agent
  readonly #watches = new Set<ServerResponse>()

  private constructor(authority: string) {
    this.#agent = new Agent({ allowH2: false, bodyTimeout: 0, connect: { ca: readFileSync(authority) } })
    this.#server.on('request', (request, response) => void this.#pass(request, response))
  }

  /** `authority`: the file with the certificate of who vouches for the API server. */
  static async start(authority: string): Promise<ApiProxy> {
    const proxy = new ApiProxy(authority)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  /** For whoever has that token. */
  kubeconfig(token: string): string {
    const server = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    return JSON.stringify({
      clusters: [{ name: 'c', cluster: { server } }],
      users: [{ name: 'u', user: { token } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    })
  }

  cutWatches(): void {
    for (const watch of this.#watches) watch.destroy()
  }

  get watches(): number {
    return this.#watches.size
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await this.#agent.destroy()
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://proxy')
    const passing = {
      method: request.method ?? 'GET',
      path: url.pathname,
      isWatch: url.searchParams.get('watch') === 'true',
    }
    this.passed.push(passing)
    const trouble = this.trouble(passing)
    if (trouble === 'reset') {
      request.socket.destroy()
      return
    }
    if (typeof trouble === 'number') {
      response.writeHead(trouble).end(JSON.stringify({ kind: 'Status', code: trouble, message: 'trouble' }))
      return
    }
    await trouble
    await this.#forward(request, passing, response).catch(() => response.destroy())
  }

  async #forward(request: IncomingMessage, { isWatch }: Passing, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray())
    const { host: _, connection: __, ...headers } = request.headers
    const ending = new AbortController()
    response.on('close', () => ending.abort())
    const answer = await this.#agent.request({
      origin: `https://${API_ADDRESS}:${API_PORT}`,
      method: request.method === 'GET' ? 'GET' : (request.method as 'POST'),
      path: request.url ?? '/',
      headers,
      body: body.length > 0 ? body : null,
      signal: ending.signal,
    })
    if (isWatch) this.#watches.add(response)
    response.on('close', () => this.#watches.delete(response))
    response.writeHead(answer.statusCode, { 'content-type': 'application/json' }).flushHeaders()
    await pipeline(answer.body, response)
  }
}
