/**
 * The pool of connections to the API server, and the credentials that go with each call. Credentials are asked for
 * again from time to time, and anew from their files when the server does not know them any more.
 */
import { isDeepStrictEqual } from 'node:util'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import { errorOfCredentials } from './kube-error.ts'
import type { Access, Credentials } from './kubeconfig.ts'

export type Line = { readonly dispatcher: Dispatcher; readonly credentials: Credentials }

/** For how long a connection is tried, in milliseconds. */
const CONNECT_TIMEOUT = 10_000
/** An idle connection is closed before the API server would, which is after 90 s. */
const KEEP_ALIVE = 60_000
/** For how long credentials are used before they are asked for again: a token file may have been written anew. */
const CREDENTIALS_AGE = 30_000

export class ConnectionPool {
  readonly #reload: () => Promise<Access>
  #access: Access
  #line: Line | undefined
  #askedAt = Number.NEGATIVE_INFINITY
  #asking: Promise<Line> | undefined
  /** Pools whose last calls are still under way. */
  #isClosed = false
  readonly #retired = new Set<Dispatcher>()

  /** `reload` reads the kubeconfig again. */
  constructor(access: Access, reload: () => Promise<Access>) {
    this.#access = access
    this.#reload = reload
  }

  async current(): Promise<Line> {
    if (this.#line && performance.now() - this.#askedAt < CREDENTIALS_AGE) return this.#line
    return this.#ask(async () => this.#access)
  }

  /** After a 401: another line than the one that was refused, if there is one to be had. */
  async renewed(refused: Line): Promise<Line> {
    if (this.#line && this.#line !== refused) return this.#line
    return this.#ask(this.#reload)
  }

  /**
   * After a call that got no answer: the network may have lost all connections, and an idle one does not show it. New calls
   * are made over new ones; calls under way, watches among them, go on.
   */
  doubt(doubtful: Line): void {
    if (this.#isClosed || this.#line?.dispatcher !== doubtful.dispatcher) return
    this.#retire(doubtful.dispatcher)
    this.#line = { ...this.#line, dispatcher: dispatcherFor(this.#access, this.#line.credentials) }
  }

  /** Breaks off all calls. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([this.#line?.dispatcher, ...this.#retired].map(dispatcher => dispatcher?.destroy()))
  }

  /** However many calls want them at once, credentials are asked for once. */
  #ask(from: () => Promise<Access>): Promise<Line> {
    const asking = this.#asking ?? this.#replace(from).finally(() => (this.#asking = undefined))
    this.#asking = asking
    return asking
  }

  async #replace(from: () => Promise<Access>): Promise<Line> {
    try {
      this.#access = await from()
      const credentials = await this.#access.credentials()
      this.#line = this.#lineFor(credentials)
      this.#askedAt = performance.now()
      return this.#line
    } catch (cause) {
      throw errorOfCredentials(this.#access.title, cause)
    }
  }

  /** The connections stay while the TLS side of the credentials does; else the old ones end with their last call. */
  #lineFor(credentials: Credentials): Line {
    const before = this.#line
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
  // HTTP/1.1: a watch has a connection of its own then, and none can hold up another.
  const common = { allowH2: false, keepAliveTimeout: KEEP_ALIVE }
  if (via !== undefined) return new ProxyAgent({ uri: via, requestTls: tls, proxyTunnel: true, ...common })
  const connect = { ...tls, timeout: CONNECT_TIMEOUT, keepAlive: true, keepAliveInitialDelay: 30_000 }
  return new Agent({ ...common, connect })
}
