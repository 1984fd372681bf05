/**
 * The pool of connections to the API server, and the credentials of each call. Credentials are refreshed periodically,
 * and reloaded from their files when the server rejects them.
 */
import { isDeepStrictEqual } from 'node:util'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import { errorOfCredentials } from './kube-error.ts'
import type { Access, Credentials } from './kubeconfig.ts'

export type Connection = { readonly dispatcher: Dispatcher; readonly credentials: Credentials }

/** Connect timeout, in milliseconds. */
const CONNECT_TIMEOUT = 10_000
/** Idle connections are closed before the API server closes them, which is after 90 s. In milliseconds. */
const KEEP_ALIVE = 60_000
/** Maximum age of credentials, in milliseconds: a token file may have been rotated. */
const CREDENTIALS_AGE = 30_000

export class ConnectionPool {
  readonly #reload: () => Promise<Access>
  #access: Access
  #current: Connection | undefined
  #refreshedAt = Number.NEGATIVE_INFINITY
  #refreshing: Promise<Connection> | undefined
  #isClosed = false
  /** Replaced dispatchers whose last calls are still in progress. */
  readonly #retired = new Set<Dispatcher>()

  /** `reload` reads the kubeconfig again. */
  constructor(access: Access, reload: () => Promise<Access>) {
    this.#access = access
    this.#reload = reload
  }

  async current(): Promise<Connection> {
    if (this.#current && performance.now() - this.#refreshedAt < CREDENTIALS_AGE) return this.#current
    return this.#refresh(async () => this.#access)
  }

  /** After a 401: a connection with other credentials than the rejected ones, if available. */
  async renewed(rejected: Connection): Promise<Connection> {
    if (this.#current && this.#current !== rejected) return this.#current
    return this.#refresh(this.#reload)
  }

  /**
   * After a call without a response: the network may have dropped all connections, and an idle one does not show it.
   * New calls use new connections; calls in progress, including watches, continue.
   */
  distrust(suspect: Connection): void {
    if (this.#isClosed || this.#current?.dispatcher !== suspect.dispatcher) return
    this.#retire(suspect.dispatcher)
    this.#current = { ...this.#current, dispatcher: dispatcherFor(this.#access, this.#current.credentials) }
  }

  /** Aborts all calls. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([this.#current?.dispatcher, ...this.#retired].map(dispatcher => dispatcher?.destroy()))
  }

  /** Concurrent calls share one refresh of the credentials. */
  #refresh(from: () => Promise<Access>): Promise<Connection> {
    const refreshing = this.#refreshing ?? this.#replace(from).finally(() => (this.#refreshing = undefined))
    this.#refreshing = refreshing
    return refreshing
  }

  async #replace(from: () => Promise<Access>): Promise<Connection> {
    try {
      this.#access = await from()
      const credentials = await this.#access.credentials()
      this.#current = this.#connectionFor(credentials)
      this.#refreshedAt = performance.now()
      return this.#current
    } catch (cause) {
      throw errorOfCredentials(this.#access.title, cause)
    }
  }

  /**
   * Keeps the connections while the TLS part of the credentials is unchanged; otherwise the old ones close after their
   * last call.
   */
  #connectionFor(credentials: Credentials): Connection {
    const before = this.#current
    if (before && isDeepStrictEqual(before.credentials, credentials)) return before
    if (before && isDeepStrictEqual(before.credentials.tls, credentials.tls)) return { ...before, credentials }
    if (before) this.#retire(before.dispatcher)
    return { credentials, dispatcher: dispatcherFor(this.#access, credentials) }
  }

  #retire(dispatcher: Dispatcher): void {
    this.#retired.add(dispatcher)
    void dispatcher.close().finally(() => this.#retired.delete(dispatcher))
  }
}

function dispatcherFor({ via }: Access, { tls }: Credentials): Dispatcher {
  // HTTP/1.1: each watch then has its own connection and cannot block others.
  const common = { allowH2: false, keepAliveTimeout: KEEP_ALIVE }
  if (via !== undefined) return new ProxyAgent({ uri: via, requestTls: tls, proxyTunnel: true, ...common })
  const connect = { ...tls, timeout: CONNECT_TIMEOUT, keepAlive: true, keepAliveInitialDelay: 30_000 }
  return new Agent({ ...common, connect })
}
