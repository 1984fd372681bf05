/**
 * The one way to the API server: calls and watches over a single pool of kept-alive connections. Knows HTTP and
 * credentials, and nothing of kinds. Stands below the reflectors, the status writer and the lease.
 */
import type { Dispatcher } from 'undici'
import { ConnectionPool, type Line } from './connection-pool.ts'
import { type Lines, linesOf } from './json-lines.ts'
import { errorOfConnection, errorOfFailure, KubeError } from './kube-error.ts'
import type { Access, AccessOptions } from './kubeconfig.ts'

export type KubeRequest = {
  /** Default: GET */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `/apis/l7mp.io/v1/targets`; names in it are made of what needs no encoding. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Default: application/json. A server-side apply is `application/apply-patch+yaml`, of which JSON is a part. */
  readonly contentType?: string
  readonly signal?: AbortSignal
  /** From the call to the end of the answer. Default: 15000 */
  readonly timeoutMs?: number
  /** Asked right before it is sent; where it may not be any more, it fails with `aborted`. Default: it may. */
  readonly mayWrite?: () => boolean
}

export type StreamRequest = Pick<KubeRequest, 'path' | 'query' | 'signal'> & {
  /** The stream fails with `timeout` when for so long nothing arrives: then the connection may be dead. */
  readonly silenceMs: number
}

/** All reject with a KubeError. */
export type KubeClient = {
  /** `https://10.96.0.1:443` */
  readonly server: string
  /** Of the context; undefined where it names none. */
  readonly namespace: string | undefined
  /** Where all this was read, for people. */
  readonly title: string
  /** The answer, parsed. */
  request(request: KubeRequest): Promise<unknown>
  /** The answer as it is, for what is no JSON: the log of a pod. */
  text(request: KubeRequest): Promise<string>
  /** The lines of an answer that goes on and on, in the batches in which they arrive. */
  stream(request: StreamRequest): Promise<Lines>
  /** Ends all calls. */
  close(): Promise<void>
}

/** Rejects with a UserError where the kubeconfig is no good; does not call the server yet. */
export async function connectKube(options: AccessOptions): Promise<KubeClient> {
  const { readAccess } = await import('./kubeconfig.ts')
  const access = await readAccess(options)
  return new HttpKubeClient(access, new ConnectionPool(access, () => readAccess(options)))
}

const DEFAULT_TIMEOUT = 15_000

class HttpKubeClient implements KubeClient {
  readonly server: string
  readonly namespace: string | undefined
  readonly title: string
  readonly #origin: string
  /** A server may stand behind a path of another one. */
  readonly #prefix: string
  readonly #wire: ConnectionPool

  constructor({ server, namespace, title }: Access, wire: ConnectionPool) {
    this.server = server.href.replace(/\/$/, '')
    this.namespace = namespace
    this.title = title
    this.#origin = server.origin
    this.#prefix = server.pathname.replace(/\/$/, '')
    this.#wire = wire
  }

  async request(request: KubeRequest): Promise<unknown> {
    const text = await this.text(request)
    try {
      return JSON.parse(text)
    } catch (cause) {
      throw errorOfConnection(callOf(request), cause)
    }
  }

  async text(request: KubeRequest): Promise<string> {
    const deadline = AbortSignal.timeout(request.timeoutMs ?? DEFAULT_TIMEOUT)
    const signal = request.signal ? AbortSignal.any([request.signal, deadline]) : deadline
    try {
      const { body } = await this.#send(request, { signal, headersTimeout: 0, bodyTimeout: 0 })
      return await body.text()
    } catch (cause) {
      throw errorOfConnection(callOf(request), cause, request.signal)
    }
  }

  async stream(request: StreamRequest): Promise<Lines> {
    const { silenceMs, signal } = request
    const timeouts = { headersTimeout: silenceMs, bodyTimeout: silenceMs }
    try {
      const { body } = await this.#send(request, { ...timeouts, ...(signal && { signal }) })
      return linesOf(body, cause => errorOfConnection(callOf(request), cause, signal))
    } catch (cause) {
      throw errorOfConnection(callOf(request), cause, signal)
    }
  }

  close(): Promise<void> {
    return this.#wire.close()
  }

  /** Asks for new credentials once, where the server does not know those that were sent. */
  async #send(request: KubeRequest, limits: Limits): Promise<Dispatcher.ResponseData> {
    const line = await this.#wire.current()
    const answer = await this.#sendOver(line, request, limits)
    if (answer.statusCode !== 401) return accepted(request, answer)
    await answer.body.dump()
    return accepted(request, await this.#sendOver(await this.#wire.renewed(line), request, limits))
  }

  async #sendOver(line: Line, request: KubeRequest, limits: Limits): Promise<Dispatcher.ResponseData> {
    if (request.mayWrite?.() === false)
      throw new KubeError('aborted', `${callOf(request)}: this operator does not lead, so it writes nothing`)
    try {
      return await this.#dispatch(line, request, limits)
    } catch (error) {
      this.#wire.doubt(line)
      throw error
    }
  }

  #dispatch({ dispatcher, credentials }: Line, request: KubeRequest, limits: Limits): Promise<Dispatcher.ResponseData> {
    const { method = 'GET', path, query, body, contentType = 'application/json' } = request
    return dispatcher.request({
      origin: this.#origin,
      method,
      path: `${this.#prefix}${path}${queryOf(query)}`,
      headers: {
        ...credentials.headers,
        accept: 'application/json',
        'user-agent': 'l7mesh',
        ...(body !== undefined && { 'content-type': contentType }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      ...limits,
    })
  }
}

type Limits = { readonly signal?: AbortSignal; readonly headersTimeout: number; readonly bodyTimeout: number }

async function accepted(request: KubeRequest, answer: Dispatcher.ResponseData): Promise<Dispatcher.ResponseData> {
  const { statusCode: status, headers, body } = answer
  if (status >= 200 && status < 300) return answer
  const text = await body.text()
  const retryAfter = headers['retry-after']
  throw errorOfFailure({
    status,
    call: callOf(request),
    body: parsed(text),
    retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function callOf({ method = 'GET', path }: KubeRequest): string {
  return `${method} ${path}`
}

function queryOf(query: KubeRequest['query']): string {
  const given = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, `${value}`]],
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}
