/**
 * The HTTP transport: one kept-alive connection to one proxy. Its special cases were measured on l7mp 0.5.7: a connection
 * that ends during a request body crashes a proxy that is not hardened, and a connection hangs after the proxy has rejected
 * a body.
 */
import type { Socket } from 'node:net'
import { buildConnector, Client, type Dispatcher, errors } from 'undici'
import { errorOfConnection } from './errors.ts'
import { type Disconnection, pathOf, type Request, type Response, type Transport } from './transport.ts'

export type HttpOptions = {
  /** `http://HOST:PORT` */
  readonly origin: string
  /** The connector of undici's `Client`. Default: TCP. */
  readonly connect?: buildConnector.connector
}

/** For how long a body may stay unwritten, in milliseconds, after its sender gave up. */
const WRITE_GRACE = 5000

/** In bytes. A connection of any proxy takes so much at once, so a shorter body is there as a whole or not at all. */
const SHORT_BODY = 8192

/** For how long a connection is tried, in milliseconds; a call's own deadline is usually shorter. */
const CONNECT_TIMEOUT = 10_000

export function httpTransport({ origin, connect }: HttpOptions): Transport {
  const line = rememberSocket(connect ?? buildConnector({ timeout: CONNECT_TIMEOUT }))
  // The client's deadlines are the callers'. It writes two requests at once only where two are sent at once.
  const client = new Client(origin, {
    pipelining: 2,
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
    connect: line.connect,
  })

  let underWay = 0
  const send = async (request: Request, signal: AbortSignal): Promise<Response> => {
    signal.throwIfAborted()
    const exchange = new Exchange(() => underWay > 1)
    const giveUp = () => {
      if (Buffer.byteLength(request.body ?? '') <= SHORT_BODY) forget(line.socket())
      exchange.giveUp(signal.reason)
    }
    const onAbort = request.body === undefined ? giveUp : () => afterWriting(line.socket(), giveUp)
    signal.addEventListener('abort', onAbort)
    underWay += 1
    try {
      client.dispatch(dispatched(request), exchange)
      const response = await exchange.response
      if (response.status === 404 && request.body !== undefined) drop(line.socket())
      return response
    } catch (cause) {
      signal.throwIfAborted()
      throw errorOfConnection({ method: request.method, path: pathOf(request) }, cause)
    } finally {
      underWay -= 1
      signal.removeEventListener('abort', onAbort)
    }
  }
  return { send, onDisconnect: callback => disconnections(client, callback), close: () => client.close() }
}

function rememberSocket(connect: buildConnector.connector) {
  let current: Socket | undefined
  const remembering: buildConnector.connector = (options, callback) =>
    connect(options, (...result) => {
      if (result[1]) current = result[1]
      callback(...result)
    })
  return { connect: remembering, socket: () => current }
}

/** A request as undici takes it. */
function dispatched({ method, target, body, token }: Request): Dispatcher.DispatchOptions {
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    // The proxy wants exactly this: with a charset, it responds with 500.
    ...(body !== undefined && { 'content-type': 'application/json' }),
  }
  return { method, path: target, headers, body: body ?? null, idempotent: true, blocking: false }
}

/** One request under way: collects its response. For bodies that come in one piece, undici's streams cost too much. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #settled = Promise.withResolvers<Response>()
  readonly #mayShare: () => boolean
  readonly #chunks: Uint8Array[] = []
  #status = 0
  #abort: (() => void) | undefined
  #isGivenUp = false

  /** `mayShare`: whether a chunk of the connection may hold a part of another response, too. */
  constructor(mayShare: () => boolean) {
    this.#mayShare = mayShare
  }

  /** Rejects with the errors of undici. */
  get response(): Promise<Response> {
    return this.#settled.promise
  }

  /** Also before the connection is there; the request is then never sent. */
  giveUp(reason: unknown): void {
    this.#isGivenUp = true
    this.#abort?.()
    this.#settled.reject(reason)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#abort = () => controller.abort(new errors.RequestAbortedError())
    if (this.#isGivenUp) this.#abort()
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(this.#mayShare() ? new Uint8Array(chunk) : chunk)
  }

  onResponseEnd(): void {
    this.#settled.resolve({ status: this.#status, body: this.#chunks })
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#settled.reject(error)
  }
}

/** Calls back when all written data has been sent. */
function afterWriting(socket: Socket | undefined, callback: () => void): void {
  if (!socket || socket.destroyed || socket.writableLength === 0) {
    callback()
    return
  }
  const grace = setTimeout(callback, WRITE_GRACE)
  socket.write('', () => {
    clearTimeout(grace)
    callback()
  })
}

/**
 * Resets a connection and discards unsent data: an aborted call must not be delivered when the network recovers, to a proxy
 * that another operator may reconcile then.
 */
function forget(socket: Socket | undefined): void {
  const isOverTcp = socket?.remoteAddress !== undefined
  if (isOverTcp && !socket.destroyed) socket.resetAndDestroy()
}

function drop(socket: Socket | undefined): void {
  socket?.destroy(new errors.InformationalError('the proxy did not read the body'))
}

function disconnections(client: Client, callback: (why: Disconnection) => void): () => void {
  const listener = (_origin: URL, _targets: readonly unknown[], error: Error & { code?: string }) => {
    if (error.code === 'UND_ERR_ABORTED' || client.closed) return
    callback(error.code === 'UND_ERR_INFO' ? 'idle' : 'lost')
  }
  client.on('disconnect', listener)
  return () => client.off('disconnect', listener)
}
