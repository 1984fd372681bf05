/**
 * A fake API server for tests, over HTTP: lists with pages, watches with bookmarks, discovery, and all failure modes of
 * a real one. Clients only read from it; tests write to its store.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { discoveryAt } from './discovery-api.ts'
import { ObjectStore, type ServedKind, type StoredObject, type StoreEvent } from './object-store.ts'

export type FakeRequest = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly isWatch: boolean
}

/** How a request fails. */
export type ApiFault =
  | { readonly type: 'status'; readonly status: number; readonly retryAfter?: number; readonly message?: string }
  | { readonly type: 'reset' | 'hang' | 'garbage' }
  /** A watch starts and sends only this line. */
  | { readonly type: 'event'; readonly line: string }
  | { readonly type: 'delay'; readonly milliseconds: number }

type OpenWatch = {
  readonly kind: ServedKind
  readonly namespace: string | undefined
  readonly response: ServerResponse
  isFrozen: boolean
}

export class FakeApiServer {
  readonly store = new ObjectStore()
  readonly url: string
  /** Every request so far. */
  readonly requests: FakeRequest[] = []
  /** Returns the fault of a request, if any. */
  fault: (request: FakeRequest) => ApiFault | undefined = () => undefined
  readonly #server: ReturnType<typeof createServer>
  readonly #kinds: Set<ServedKind>
  readonly #terminating = new Set<ServedKind>()
  readonly #watchers = new Set<OpenWatch>()
  /** The remaining items of lists that were returned partially, by continue token. */
  readonly #rest = new Map<string, { readonly items: readonly StoredObject[]; readonly version: number }>()

  private constructor(server: ReturnType<typeof createServer>, kinds: readonly ServedKind[]) {
    this.#server = server
    this.#kinds = new Set(kinds)
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    this.store.onEvent(event => this.#notify(event))
    server.on('request', (request, response) => void this.#handle(request, response))
  }

  /** Serves these kinds. */
  static async start(kinds: readonly ServedKind[]): Promise<FakeApiServer> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new FakeApiServer(server, kinds)
  }

  /** For `connectKube`. */
  kubeconfig(): string {
    return JSON.stringify({
      clusters: [{ name: 'fake', cluster: { server: this.url } }],
      users: [{ name: 'me', user: { token: 'token' } }],
      contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'me' } }],
      'current-context': 'fake',
    })
  }

  get kinds(): ReadonlySet<ServedKind> {
    return new Set(this.#kinds)
  }

  get watches(): number {
    return this.#watchers.size
  }

  /**
   * Removes the kind with all its objects, as the deletion of a CRD does: first the objects are deleted, one by one.
   */
  removeKind(kind: ServedKind): void {
    this.startRemoval(kind)
    this.finishRemoval(kind)
  }

  startRemoval(kind: ServedKind): void {
    this.#terminating.add(kind)
    for (const { metadata } of this.store.list(kind, undefined))
      this.store.delete(kind, metadata.namespace, metadata.name)
  }

  finishRemoval(kind: ServedKind): void {
    this.#terminating.delete(kind)
    this.#kinds.delete(kind)
    this.cutWatches(kind)
  }

  addKind(kind: ServedKind): void {
    this.#kinds.add(kind)
  }

  /** Breaks the connections of the watches of a kind, or of all. */
  cutWatches(kind?: ServedKind): void {
    for (const watcher of this.#watchers) if (!kind || watcher.kind === kind) this.#drop(watcher).destroy()
  }

  /** Ends all watches as a server does when they expire. */
  endWatches(): void {
    for (const watcher of this.#watchers) this.#drop(watcher).end()
  }

  /** Existing watches send nothing from now on, as over a half-open connection. */
  freezeWatches(): void {
    for (const watcher of this.#watchers) watcher.isFrozen = true
  }

  sendBookmarks(): void {
    for (const { kind, response, isFrozen } of this.#watchers) {
      const object = { kind: kind.kind, metadata: { resourceVersion: `${this.store.version}` } }
      if (!isFrozen) response.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`)
    }
  }

  /** Expires the continue tokens of all lists. */
  expireTokens(): void {
    this.#rest.clear()
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', 'http://fake')
    const request: FakeRequest = {
      method: incoming.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      isWatch: url.searchParams.get('watch') === 'true',
    }
    this.requests.push(request)
    const fault = this.fault(request)
    if (fault?.type === 'delay') await new Promise(resolve => setTimeout(resolve, fault.milliseconds))
    if (fault && fault.type !== 'delay') fail(fault, incoming, response)
    else this.#serve(request, response)
  }

  #serve({ path, query, isWatch }: FakeRequest, response: ServerResponse): void {
    const collection = this.#collectionOf(path)
    if (collection && isWatch) this.#watch(collection, query, response)
    else
      respond(
        response,
        discoveryAt(path, this.#kinds, this.#terminating) ?? (collection ? this.#list(collection, query) : NOT_FOUND),
      )
  }

  #collectionOf(path: string): RequestedCollection | undefined {
    const parts = /^\/(?:api|apis\/([^/]+))\/([^/]+)\/(?:namespaces\/([^/]+)\/)?([^/]+)$/.exec(path)
    const [, group = '', version, namespace, plural] = parts ?? []
    const kind = [...this.#kinds].find(
      known => known.group === group && known.version === version && known.plural === plural,
    )
    return kind && { kind, namespace }
  }

  #list({ kind, namespace }: RequestedCollection, query: URLSearchParams): object {
    const token = query.get('continue')
    const rest = token === null ? undefined : this.#rest.get(token)
    if (token !== null && !rest) return statusOf(410, 'Expired', 'the continue token is too old')
    const { items, version } = rest ?? { items: this.store.list(kind, namespace), version: this.store.version }
    const limit = Number(query.get('limit') ?? items.length)
    const next = items.length > limit ? `token-${this.requests.length}` : undefined
    if (next) this.#rest.set(next, { items: items.slice(limit), version })
    return {
      kind: `${kind.kind}List`,
      metadata: { resourceVersion: `${version}`, ...(next && { continue: next }) },
      items: items.slice(0, limit),
    }
  }

  #watch({ kind, namespace }: RequestedCollection, query: URLSearchParams, response: ServerResponse): void {
    const missed = this.store.since(Number(query.get('resourceVersion')))
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
    if (!missed) {
      const object = statusOf(410, 'Expired', 'too old resource version')
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`)
      return
    }
    const watcher: OpenWatch = { kind, namespace, response, isFrozen: false }
    this.#watchers.add(watcher)
    response.on('close', () => this.#watchers.delete(watcher))
    for (const event of missed) send(watcher, event)
  }

  #drop(watcher: OpenWatch): ServerResponse {
    this.#watchers.delete(watcher)
    return watcher.response
  }

  #notify(event: StoreEvent): void {
    for (const watcher of this.#watchers) send(watcher, event)
  }
}

type RequestedCollection = { readonly kind: ServedKind; readonly namespace: string | undefined }

function send({ kind, namespace, response, isFrozen }: OpenWatch, { type, kind: of, object }: StoreEvent): void {
  if (of !== kind || isFrozen || (namespace !== undefined && object.metadata.namespace !== namespace)) return
  response.write(`${JSON.stringify({ type, object })}\n`)
}

type ServedStatus = {
  readonly kind: 'Status'
  readonly code: number
  readonly reason: string
  readonly message: string
}

function statusOf(code: number, reason: string, message: string): ServedStatus {
  return { kind: 'Status', code, reason, message }
}

const NOT_FOUND = statusOf(404, 'NotFound', 'the server could not find the requested resource')

function respond(response: ServerResponse, body: object): void {
  const status = 'code' in body && typeof body.code === 'number' ? body.code : 200
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function fail(
  fault: Exclude<ApiFault, { readonly type: 'delay' }>,
  incoming: IncomingMessage,
  response: ServerResponse,
): void {
  switch (fault.type) {
    case 'status':
      if (fault.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter)
      respond(response, statusOf(fault.status, 'Fault', fault.message ?? 'a fault of the test'))
      return
    case 'reset':
      incoming.socket.destroy()
      return
    case 'garbage':
      response.end('<html>\n')
      return
    case 'event':
      response.end(`${fault.line}\n`)
      return
    case 'hang':
      return
  }
}
