/**
 * The client of the API server: calls and watches over one pool of kept-alive connections. Handles HTTP and
 * credentials, and is independent of kinds. The reflectors, the status writer and the lease build on it.
 */
import type { Dispatcher } from 'undici'
import { type Connection, ConnectionPool } from './connection-pool.ts'
import { type Lines, linesOf } from './json-lines.ts'
import { errorOfConnection, errorOfFailure, KubeError } from './kube-error.ts'
import type { Access, AccessOptions } from './kubeconfig.ts'

export type KubeRequest = {
  /** Default: GET */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `/apis/l7mp.io/v1/targets`; the names in it need no encoding. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Default: application/json. Server-side apply uses `application/apply-patch+yaml`, of which JSON is a subset. */
  readonly contentType?: string
  readonly signal?: AbortSignal
  /** From the call to the end of the response. Default: 15000 */
  readonly timeoutMs?: number
  /** Checked right before the request is sent; if false, the request fails with `aborted`. Default: always true */
  readonly mayWrite?: () => boolean
}

export type StreamRequest = Pick<KubeRequest, 'path' | 'query' | 'signal'> & {
  /** If no data arrives for this long, the stream fails with `timeout`, because the connection may be dead. */
  readonly silenceMs: number
}

/** All reject with a KubeError. */
export type KubeClient = {
  /** `https://10.96.0.1:443` */
  readonly server: string
  /** The namespace of the context; undefined if it has none. */
  readonly namespace: string | undefined
  /** The origin of the configuration, for messages. */
  readonly title: string
  /** Returns the parsed response. */
  request(request: KubeRequest): Promise<unknown>
  /** Returns the response as text, for responses that are not JSON, such as the log of a pod. */
  text(request: KubeRequest): Promise<string>
  /** Returns the lines of a streaming response, in the batches in which they arrive. */
  stream(request: StreamRequest): Promise<Lines>
  /** Aborts all calls. */
  close(): Promise<void>
}

/** Rejects with a UserError if the kubeconfig is invalid. Does not call the server yet. */
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
  /** The API server may be served under a path of another server. */
  readonly #prefix: string
  readonly #pool: ConnectionPool

  constructor({ server, namespace, title }: Access, pool: ConnectionPool) {
    this.server = server.href.replace(/\/$/, '')
    this.namespace = namespace
    this.title = title
    this.#origin = server.origin
    this.#prefix = server.pathname.replace(/\/$/, '')
    this.#pool = pool
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
    return this.#pool.close()
  }

  /** Renews the credentials once if the server rejects them. */
  async #send(request: KubeRequest, limits: Limits): Promise<Dispatcher.ResponseData> {
    const connection = await this.#pool.current()
    const response = await this.#sendOver(connection, request, limits)
    if (response.statusCode !== 401) return accepted(request, response)
    await response.body.dump()
    return accepted(request, await this.#sendOver(await this.#pool.renewed(connection), request, limits))
  }

  async #sendOver(connection: Connection, request: KubeRequest, limits: Limits): Promise<Dispatcher.ResponseData> {
    if (request.mayWrite?.() === false)
      throw new KubeError('aborted', `${callOf(request)}: this operator is not the leader, so it does not write`)
    try {
      return await this.#dispatch(connection, request, limits)
    } catch (error) {
      this.#pool.distrust(connection)
      throw error
    }
  }

  #dispatch(
    { dispatcher, credentials }: Connection,
    request: KubeRequest,
    limits: Limits,
  ): Promise<Dispatcher.ResponseData> {
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

async function accepted(request: KubeRequest, response: Dispatcher.ResponseData): Promise<Dispatcher.ResponseData> {
  const { statusCode: status, headers, body } = response
  if (status >= 200 && status < 300) return response
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
