/** What can go wrong with a call to a proxy: one error class with a closed set of codes. Every driver maps to it. */

/** Every way a call can end other than well. `docs/reference/proxy-errors.md` says what each means and what to do. */
export const PROXY_ERROR_CODES = {
  unreachable: 'no connection to the proxy could be made',
  reset: 'the connection broke before the answer arrived: the call may or may not have been done',
  timeout: 'the proxy did not answer in time: the call may or may not have been done',
  aborted: 'the caller gave up',
  'locked-out': 'the proxy has no route for the call (404): the token is wrong or the controller objects are gone',
  'already-defined': 'an object of that name exists',
  'not-found': 'no object of that name exists',
  'address-in-use': 'the socket of the listener is taken',
  invalid: 'the proxy does not take the object',
  'not-sent': 'the call was not made: this proxy would not survive it',
  'proxy-fault': 'the proxy answered with an error of its own, or with something that is not an answer',
} as const

export type ProxyErrorCode = keyof typeof PROXY_ERROR_CODES

/** The request line of a call, without its query: `POST /api/v1/clusters`. */
export type RequestLine = { readonly method: string; readonly path: string }

export type ProxyErrorOptions = {
  readonly cause?: unknown
  readonly call?: RequestLine
  /** The HTTP status, where the proxy answered. */
  readonly status?: number
  /** What the proxy said of it, in its own words. */
  readonly sentence?: string
}

export class ProxyError extends Error {
  override readonly name = 'ProxyError'
  readonly code: ProxyErrorCode
  readonly call: RequestLine | undefined
  readonly status: number | undefined
  readonly sentence: string | undefined

  constructor(code: ProxyErrorCode, message: string, options: ProxyErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.call = options.call
    this.status = options.status
    this.sentence = options.sentence
  }
}
