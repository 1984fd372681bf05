/** The errors of calls to a proxy: one class with a closed set of codes, to which every driver maps its errors. */

/** All codes with their meanings; docs/reference/proxy-errors.md adds what to do. */
export const PROXY_ERROR_CODES = {
  unreachable: 'cannot connect to the proxy',
  reset: 'the connection broke before the response: the call may or may not have been carried out',
  timeout: 'the proxy did not respond in time: the call may or may not have been carried out',
  aborted: 'the caller aborted the call',
  'locked-out': 'the proxy has no route for the call (404): the token is wrong or the controller objects are missing',
  'already-defined': 'an object with this name already exists',
  'not-found': 'there is no object with this name',
  'address-in-use': 'the address of the listener is already in use',
  invalid: 'the proxy rejected the object',
  'not-sent': 'the call was not sent: it would crash this proxy',
  'proxy-fault': 'the proxy responded with an internal error, or with an invalid response',
} as const

export type ProxyErrorCode = keyof typeof PROXY_ERROR_CODES

/** The request line of a call, without its query: `POST /api/v1/clusters`. */
export type RequestLine = { readonly method: string; readonly path: string }

export type ProxyErrorOptions = {
  readonly cause?: unknown
  readonly call?: RequestLine
  /** The HTTP status, if the proxy responded. */
  readonly status?: number
  /** The error message of the proxy. */
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
