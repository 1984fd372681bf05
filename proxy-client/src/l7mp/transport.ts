/** The transport of a client: sends requests and returns responses. */
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

/** Why a connection ended: the proxy closed it or died, or it was closed because it was idle. */
export type Disconnection = 'lost' | 'idle'

export type Transport = {
  /**
   * Sends the request immediately, even before the response to an earlier one: the proxy handles requests in order. Rejects
   * with a ProxyError, or with the signal's reason if it aborts.
   */
  send(request: Request, signal: AbortSignal): Promise<Response>
  /** Calls back whenever the connection ends. Returns a function that unsubscribes. */
  onDisconnect(callback: (why: Disconnection) => void): () => void
  close(): Promise<void>
}

/** The path of a request, without its query. */
export function pathOf(request: Request): string {
  return request.target.split('?', 1)[0] ?? request.target
}

/** The collection of a request: `clusters`. */
export function collectionOf(request: Request): string {
  return pathOf(request).split('/')[3] ?? ''
}
