/**
 * Makes one call at a time to one proxy; each request has a deadline and can be aborted. The proxy is single-threaded:
 * concurrent requests are hardly faster and delay its traffic.
 */
import type { RequestReport } from '../apply/driver.ts'
import { ProxyError, type RequestLine } from '../errors.ts'
import { Mutex } from '../mutex.ts'
import { type Credentials, Tokens } from './credentials.ts'
import { errorOfAbort, errorOfDeadline, errorOfResponse, errorOfShape } from './errors.ts'
import { type ResponseBody, textOf } from './response-body.ts'
import { collectionOf, pathOf, type Request, type Response, type Transport } from './transport.ts'

export type ChannelOptions = {
  readonly transport: Transport
  /** Milliseconds from sending a request to its response. */
  readonly deadline: number
  readonly credentials: Credentials
}

/** Makes one request of a turn. `broken` aborts it early. */
export type Exchange = <T>(request: Request, read: (value: unknown) => T, broken?: AbortSignal) => Promise<T>
/** Parses a response. Throws if the response is invalid. */
type Decode<T> = (body: ResponseBody) => T

/** Work whose requests use the token. */
type Authorized<T> = (token: string | undefined) => Promise<T>

export class Channel {
  readonly #transport: Transport
  readonly #deadline: number
  readonly #tokens: Tokens
  readonly #mutex = new Mutex()
  readonly #closing = new AbortController()
  /** The timeouts of running requests. */
  readonly #patience = new Set<AbortController>()
  readonly #observers = new Set<(report: RequestReport) => void>()
  #closed: Promise<void> | undefined

  constructor({ transport, deadline, credentials }: ChannelOptions) {
    this.#transport = transport
    this.#deadline = deadline
    this.#tokens = new Tokens(credentials)
  }

  ask<T>(request: Request, read: (value: unknown) => T, signal: AbortSignal | undefined): Promise<T> {
    return this.turn(exchange => exchange(request, read), signal)
  }

  /** Like `ask`, but `decode` parses the response, from which tokens are redacted. */
  askText<T>(request: Request, decode: Decode<T>, signal: AbortSignal | undefined): Promise<T> {
    return this.#turn(token => this.#exchange({ ...request, token }, decode, [signal]), signal)
  }

  /**
   * Runs `work` when all earlier calls are done; no other request is made while it runs. If the proxy rejects the
   * token and there is another one, `work` is repeated once: it must tolerate that a part of it is already done.
   */
  turn<T>(work: (exchange: Exchange) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const exchanged =
      (token: string | undefined): Exchange =>
      (request, read, broken) =>
        this.#exchange({ ...request, token }, body => read(JSON.parse(textOf(body))), [signal, broken])
    return this.#turn(token => work(exchanged(token)), signal)
  }

  async #turn<T>(work: Authorized<T>, signal: AbortSignal | undefined): Promise<T> {
    const authorized = () => this.#authorized(work)
    // Most calls do not wait, and do not need the signals for waiting.
    if (this.#mutex.isFree) return this.#mutex.run(authorized)
    const waiting = new AbortController()
    const unfollow = follow(waiting, [signal, this.#closing.signal])
    try {
      return await this.#mutex.run(authorized, waiting.signal)
    } finally {
      unfollow()
    }
  }

  /** Calls back after each request. Returns a function that unsubscribes. */
  onRequest(callback: (report: RequestReport) => void): () => void {
    this.#observers.add(callback)
    return () => void this.#observers.delete(callback)
  }

  close(): Promise<void> {
    this.#closed ??= this.#end()
    return this.#closed
  }

  async #end(): Promise<void> {
    this.#closing.abort(new Error('the client was closed'))
    for (const patience of this.#patience) patience.abort(reasonOf(this.#closing.signal))
    await this.#mutex.idle()
    await this.#transport.close()
  }

  async #authorized<T>(work: Authorized<T>): Promise<T> {
    const token = this.#tokens.current()
    try {
      return await work(token)
    } catch (error) {
      if (!(error instanceof ProxyError) || error.code !== 'locked-out') throw error
      const rotated = this.#tokens.current(token)
      if (rotated === token) throw error
      return await work(rotated)
    }
  }

  async #exchange<T>(request: Request, decode: Decode<T>, signals: readonly (AbortSignal | undefined)[]): Promise<T> {
    if (this.#closing.signal.aborted) throw reasonOf(this.#closing.signal)
    const patience = new AbortController()
    this.#patience.add(patience)
    const late = () => patience.abort(errorOfDeadline(lineOf(request), this.#deadline))
    const deadline = setTimeout(late, this.#deadline)
    const unfollow = follow(patience, signals)
    try {
      patience.signal.throwIfAborted()
      return await this.#observed(request, async () =>
        this.#read(request, await this.#transport.send(request, patience.signal), decode),
      )
    } finally {
      clearTimeout(deadline)
      unfollow()
      this.#patience.delete(patience)
    }
  }

  async #observed<T>(request: Request, send: () => Promise<T>): Promise<T> {
    if (this.#observers.size === 0) return send()
    const began = performance.now()
    const report = (outcome: RequestReport['outcome']) => {
      const { method } = request
      const done = { method, collection: collectionOf(request), took: performance.now() - began, outcome }
      for (const observer of this.#observers) observer(done)
    }
    try {
      const result = await send()
      report('ok')
      return result
    } catch (error) {
      report(error instanceof ProxyError ? error.code : 'proxy-fault')
      throw error
    }
  }

  #read<T>(request: Request, response: Response, decode: Decode<T>): T {
    const body = this.#tokens.redact(response.body)
    if (response.status !== 200) throw errorOfResponse(lineOf(request), response.status, textOf(body))
    try {
      return decode(body)
    } catch (cause) {
      throw errorOfShape(lineOf(request), cause)
    }
  }
}

function lineOf(request: Request): RequestLine {
  return { method: request.method, path: pathOf(request) }
}

/** Aborts `controller` as soon as one of the signals aborts, until the function that it returns is called. */
function follow(controller: AbortController, signals: readonly (AbortSignal | undefined)[]): () => void {
  const onAbort = (event: { readonly target: unknown }) => {
    if (event.target instanceof AbortSignal) controller.abort(reasonOf(event.target))
  }
  for (const signal of signals) {
    if (signal?.aborted) controller.abort(reasonOf(signal))
    signal?.addEventListener('abort', onAbort)
  }
  return () => {
    for (const signal of signals) signal?.removeEventListener('abort', onAbort)
  }
}

function reasonOf({ reason }: AbortSignal): ProxyError {
  return reason instanceof ProxyError ? reason : errorOfAbort(reason)
}
