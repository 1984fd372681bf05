/** What stands between the client and a proxy: something that takes a request and brings the answer. */

/** A request of the REST API. `target` is the path with its query; a POST has a body, of JSON. */
export type Request = {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly target: string
  readonly body?: string
}

export type Answer = { readonly status: number; readonly body: string }

/** Why a connection ended: the proxy ended it or died, or it was closed because nobody used it. */
export type Disconnection = 'lost' | 'idle'

export type Transport = {
  /**
   * Sends the request at once, also before an earlier one is answered: the proxy works them off in order. Rejects with
   * a ProxyError, or with the signal's reason once it aborts.
   */
  send(request: Request, signal: AbortSignal): Promise<Answer>
  /** Calls back whenever the connection ends, until the function that it returns is called. */
  onDisconnect(callback: (why: Disconnection) => void): () => void
  close(): Promise<void>
}

/** The path of a request, without its query. */
export function pathOf(request: Request): string {
  return request.target.split('?', 1)[0] ?? request.target
}
