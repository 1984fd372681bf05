/**
 * One request at a time to one proxy, each with a deadline and a way to give up. The proxy is one thread: more requests
 * at once hardly go faster and hold up its traffic.
 */
import PQueue from 'p-queue'
import { errorOfAbort, errorOfAnswer, errorOfDeadline, errorOfShape, ProxyError, type RequestLine } from '../errors.ts'
import { type Answer, pathOf, type Request, type Transport } from './transport.ts'

export type ChannelOptions = {
  readonly transport: Transport
  /** Milliseconds from sending to the answer. */
  readonly deadline: number
  /** Never shows in an answer or an error. */
  readonly token: string | undefined
}

/** Makes one request of a turn. `broken` gives it up early. */
export type Exchange = <T>(request: Request, read: (value: unknown) => T, broken?: AbortSignal) => Promise<T>

export class Channel {
  readonly #transport: Transport
  readonly #deadline: number
  readonly #secret: string | undefined
  readonly #queue = new PQueue({ concurrency: 1 })
  readonly #closing = new AbortController()
  /** Of the requests under way. */
  readonly #patience = new Set<AbortController>()
  #closed: Promise<void> | undefined

  constructor({ transport, deadline, token }: ChannelOptions) {
    this.#transport = transport
    this.#deadline = deadline
    this.#secret = token && JSON.stringify(token).slice(1, -1)
  }

  ask<T>(request: Request, read: (value: unknown) => T, signal: AbortSignal | undefined): Promise<T> {
    return this.turn(exchange => exchange(request, read), signal)
  }

  /** Runs `work` when all that was asked before is answered; nobody else asks while it runs. */
  turn<T>(work: (exchange: Exchange) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const exchange: Exchange = (request, read, broken) => this.#exchange(request, read, [signal, broken])
    const isFree = this.#queue.size === 0 && this.#queue.pending === 0 && !this.#queue.isPaused
    return isFree ? this.#goAhead(() => work(exchange)) : this.#wait(() => work(exchange), signal)
  }

  /** Nearly all calls that fill a proxy need not wait, and what a queue does for them would cost them time. */
  async #goAhead<T>(work: () => Promise<T>): Promise<T> {
    this.#queue.pause()
    try {
      return await work()
    } finally {
      this.#queue.start()
    }
  }

  async #wait<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const waiting = new AbortController()
    const stopWaiting = follow(waiting, [signal, this.#closing.signal])
    const begin = () => {
      stopWaiting()
      return work()
    }
    try {
      return await this.#queue.add(begin, { signal: waiting.signal })
    } finally {
      stopWaiting()
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#end()
    return this.#closed
  }

  async #end(): Promise<void> {
    this.#closing.abort(new Error('the client was closed'))
    for (const patience of this.#patience) patience.abort(reasonOf(this.#closing.signal))
    await this.#queue.onIdle()
    await this.#transport.close()
  }

  async #exchange<T>(
    request: Request,
    read: (value: unknown) => T,
    signals: readonly (AbortSignal | undefined)[],
  ): Promise<T> {
    if (this.#closing.signal.aborted) throw reasonOf(this.#closing.signal)
    const patience = new AbortController()
    this.#patience.add(patience)
    const late = () => patience.abort(errorOfDeadline(lineOf(request), this.#deadline))
    const deadline = setTimeout(late, this.#deadline)
    const unfollow = follow(patience, signals)
    try {
      patience.signal.throwIfAborted()
      return this.#read(request, await this.#transport.send(request, patience.signal), read)
    } finally {
      clearTimeout(deadline)
      unfollow()
      this.#patience.delete(patience)
    }
  }

  #read<T>(request: Request, answer: Answer, read: (value: unknown) => T): T {
    // The token is a part of the controller's rules, and so of what the proxy reads back.
    const body = this.#secret ? answer.body.replaceAll(this.#secret, '<token>') : answer.body
    if (answer.status !== 200) throw errorOfAnswer(lineOf(request), answer.status, body)
    try {
      return read(JSON.parse(body))
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
