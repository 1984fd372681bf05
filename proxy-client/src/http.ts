/**
 * The transport that talks HTTP: one connection to one proxy, kept alive. What it takes care of was measured on l7mp
 * 0.5.7: a connection that ends in the middle of a request's body ends an unguarded proxy, and a connection on which
 * the proxy refused a body stays stuck.
 */
import type { Socket } from 'node:net'
import { buildConnector, Client, errors } from 'undici'
import { errorOfConnection } from './errors.ts'
import { type Answer, type Disconnection, pathOf, type Request, type Transport } from './transport.ts'

export type HttpOptions = {
  /** `http://HOST:PORT` */
  readonly origin: string
  /** Sent as a bearer token. */
  readonly token?: string
  /** Makes the connection, as undici's `Client` takes it. Default: TCP. */
  readonly connect?: buildConnector.connector
}

/** For how long a body may stay unwritten, in milliseconds, after its sender gave up. */
const WRITE_GRACE = 5000

/** For how long a connection is tried, in milliseconds; a call's own deadline is usually shorter. */
const CONNECT_TIMEOUT = 10_000

export function httpTransport({ origin, token, connect }: HttpOptions): Transport {
  const line = rememberSocket(connect ?? buildConnector({ timeout: CONNECT_TIMEOUT }))
  // The client's deadlines are the callers'. It writes two requests at once only where two are sent at once.
  const client = new Client(origin, {
    pipelining: 2,
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
    connect: line.connect,
  })

  const send = async (request: Request, signal: AbortSignal): Promise<Answer> => {
    const patience = request.body === undefined ? signal : afterWriting(signal, line.socket)
    try {
      const { statusCode, body } = await client.request({
        method: request.method,
        path: request.target,
        headers: headersOf(request, token),
        body: request.body ?? null,
        idempotent: true,
        blocking: false,
        signal: patience,
      })
      const answer = { status: statusCode, body: await body.text() }
      if (answer.status === 404 && request.body !== undefined) drop(line.socket())
      return answer
    } catch (cause) {
      signal.throwIfAborted()
      throw errorOfConnection({ method: request.method, path: pathOf(request) }, cause)
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

/** The proxy wants exactly this content type: with a charset, it answers 500. */
function headersOf({ body }: Request, token: string | undefined): Record<string, string> {
  return {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  }
}

/** Aborts when `signal` does, but not before all that was written has gone out. */
function afterWriting(signal: AbortSignal, socket: () => Socket | undefined): AbortSignal {
  const controller = new AbortController()
  const giveUp = () => controller.abort(signal.reason)
  const onAbort = () => {
    const line = socket()
    if (!line || line.destroyed || line.writableLength === 0) return giveUp()
    const grace = setTimeout(giveUp, WRITE_GRACE)
    line.write('', () => {
      clearTimeout(grace)
      giveUp()
    })
  }
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  return controller.signal
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
