/**
 * A fault-injecting reverse proxy of an HTTP server (an API server, the REST API of a proxy): requests are delayed,
 * answered with a different response, or aborted; the server is unreachable, or silent. All other traffic passes
 * unchanged, including watches. Requests are recorded.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Agent, type Dispatcher } from 'undici'

export type Passing = {
  readonly method: string
  /** `/apis/l7mp.io/v1/targets` */
  readonly path: string
  readonly isWatch: boolean
  /** The address of the client. */
  readonly from: string
  /** In milliseconds since the start of this process. */
  readonly at: number
}

/** A response that does not come from the server. */
export type Answer = { readonly status: number; readonly headers?: OutgoingHttpHeaders; readonly body: string }

/**
 * The outcome of a request: a response (a number is an HTTP status), an aborted connection, or, later, the server's
 * response.
 */
export type Trouble = number | Answer | 'reset' | Promise<void> | undefined

export type GateOptions = {
  /** `https://10.244.0.1:6443` */
  readonly origin: string
  /** The CA certificate of the server. */
  readonly ca?: Buffer
  /** The listen address. Default: 127.0.0.1 */
  readonly address?: string
}

export class Gate {
  /** Every request so far. */
  readonly passed: Passing[] = []
  /** Decides the outcome of a request. */
  trouble: (request: Passing) => Trouble = () => undefined
  /** Called when the server has responded, before the response is forwarded. */
  done: (request: Passing) => Promise<void> | undefined = () => undefined
  readonly #options: GateOptions
  readonly #server = createServer({ keepAliveTimeout: FOR_EVER })
  readonly #agent: Agent
  readonly #watches = new Set<ServerResponse>()
  readonly #sockets = new Set<Socket>()
  #isSilent = false
  /** Connections that stay silent forever. */
  readonly #dead = new WeakSet<Socket>()
  #port = 0

  constructor(options: GateOptions) {
    this.#options = options
    this.#agent = new Agent({ allowH2: false, bodyTimeout: 0, headersTimeout: 0, connect: { ca: options.ca } })
    this.#server.on('request', (request, response) => void this.#pass(request, response))
    this.#server.on('connection', socket => this.#connected(socket))
  }

  /** Changes the address of the server. */
  async open(): Promise<void> {
    this.#server.listen(this.#port, this.#options.address ?? '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  get port(): number {
    return this.#port
  }

  get url(): string {
    return `http://${this.#options.address ?? '127.0.0.1'}:${this.#port}`
  }

  get watches(): number {
    return this.#watches.size
  }

  cutWatches(): void {
    for (const watch of this.#watches) watch.destroy()
  }

  /** Closes all connections and refuses new ones until `open`. */
  refuse(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  /** Keeps and accepts connections, but forwards nothing: these connections stay silent forever. */
  silence(): void {
    this.#isSilent = true
    this.#watches.clear()
    for (const socket of this.#sockets) this.#dead.add(socket)
  }

  /** Forwards new connections again. */
  endSilence(): void {
    this.#isSilent = false
  }

  async close(): Promise<void> {
    this.refuse()
    await this.#agent.destroy()
  }

  #connected(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    if (this.#isSilent) this.#dead.add(socket)
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://gate')
    const passing = {
      method: request.method ?? 'GET',
      path: url.pathname,
      isWatch: url.searchParams.get('watch') === 'true',
      from: request.socket.remoteAddress ?? '',
      at: performance.now(),
    }
    if (this.#dead.has(request.socket)) return
    this.passed.push(passing)
    const trouble = this.trouble(passing)
    if (trouble === 'reset') return void request.socket.destroy()
    if (typeof trouble === 'number') return answer(response, { status: trouble, body: statusOf(trouble) })
    if (trouble !== undefined && 'status' in trouble) return answer(response, trouble)
    await this.#forward(request, passing, response, trouble).catch(() => this.#break(response))
  }

  async #forward(
    request: IncomingMessage,
    passing: Passing,
    response: ServerResponse,
    delay: Promise<void> | undefined,
  ): Promise<void> {
    const body = Buffer.concat(await request.toArray())
    // The client may have given up by then; the server gets the request anyway.
    await delay
    const from = await this.#ask(request, body, response)
    if (passing.isWatch) this.#watches.add(response)
    response.on('close', () => this.#watches.delete(response))
    await this.done(passing)
    if (this.#isDead(response)) return void from.body.destroy()
    response.writeHead(from.statusCode, { 'content-type': 'application/json' }).flushHeaders()
    for await (const piece of from.body) {
      if (this.#isDead(response)) return
      response.write(piece)
    }
    if (!this.#isDead(response)) response.end()
  }

  #ask(
    { method, url = '/', headers }: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
  ): Promise<Dispatcher.ResponseData> {
    const { host: _, connection: __, ...passed } = headers
    const ending = new AbortController()
    response.on('close', () => ending.abort())
    return this.#agent.request({
      origin: this.#options.origin,
      method: method === 'GET' ? 'GET' : (method as 'POST'),
      path: url,
      headers: passed,
      body: body.length > 0 ? body : null,
      signal: ending.signal,
    })
  }

  #isDead({ socket }: ServerResponse): boolean {
    return socket !== null && this.#dead.has(socket)
  }

  #break(response: ServerResponse): void {
    if (!this.#isDead(response)) response.destroy()
  }
}

/** Idle connections are closed by the client, as with an API server. */
const FOR_EVER = 0

function answer(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
}

/** In the format of an API server. */
export function statusOf(code: number, message = 'trouble'): string {
  return JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message })
}
