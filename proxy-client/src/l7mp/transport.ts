/** How a client reaches a proxy: something that sends requests and returns responses. */
import type { ResponseBody } from './response-body.ts'

/** A request of the REST API. `target` is the path with its query; a POST has a body, of JSON. */
export type Request = {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly target: string
  readonly body?: string
  /** Sent as a bearer token. Default: none. */
  readonly token?: string | undefined
}

export type Response = { readonly status: number; readonly body: ResponseBody }

/** Why a connection ended: the proxy ended it or died, or it was closed because nobody used it. */
export type Disconnection = 'lost' | 'idle'

export type Transport = {
  /**
   * Sends the request at once, also before the response to an earlier one: the proxy handles them in order. Rejects with
   * a ProxyError, or with the signal's reason once it aborts.
   */
  send(request: Request, signal: AbortSignal): Promise<Response>
  /** Calls back whenever the connection ends, until the function that it returns is called. */
  onDisconnect(callback: (why: Disconnection) => void): () => void
  close(): Promise<void>
}

/** The path of a request, without its query. */
export function pathOf(request: Request): string {
  return request.target.split('?', 1)[0] ?? request.target
}

/** The collection that a request is about: `clusters`. */
export function collectionOf(request: Request): string {
  return pathOf(request).split('/')[3] ?? ''
}
