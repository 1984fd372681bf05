/**
 * Errors of calls to the API server: one class with a closed set of codes. The rest of the operator decides by these
 * codes, never by a status or a message. Pure.
 */

export const KUBE_ERROR_CODES = {
  unreachable: 'cannot connect to the API server',
  untrusted: 'the kubeconfig does not trust the certificate of the API server',
  reset: 'the connection broke before the response was complete: a write may or may not have been applied',
  timeout: 'the API server did not respond in time: a write may or may not have been applied',
  aborted: 'the call was canceled',
  'no-credentials': 'the credentials in the kubeconfig are not available',
  unauthorized: 'the API server rejects the credentials (401)',
  forbidden: 'the credentials lack the permission (403)',
  'not-found': 'the object or its kind does not exist (404)',
  'already-exists': 'an object of this name already exists (409)',
  conflict: 'the object has changed, or another manager owns the field (409)',
  gone: 'the requested version is too old (410)',
  invalid: 'the API server rejects the object or the request (400, 405, 413, 415, 422)',
  'too-many-requests': 'the API server limits the rate of requests (429)',
  'server-fault': 'the API server returned an internal error or an invalid response',
} as const

export type KubeErrorCode = keyof typeof KUBE_ERROR_CODES

export type KubeErrorOptions = {
  readonly cause?: unknown
  /** The HTTP status, if the server responded. */
  readonly status?: number
  /** The delay before the next attempt that the server requests, in milliseconds. */
  readonly retryAfter?: number
}

export class KubeError extends Error {
  override readonly name = 'KubeError'
  readonly code: KubeErrorCode
  readonly status: number | undefined
  readonly retryAfter: number | undefined

  constructor(code: KubeErrorCode, message: string, options: KubeErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.status = options.status
    this.retryAfter = options.retryAfter
  }
}

/** A failure reported by the API server: a `Status` object in a response or in a watch event. */
export type ApiFailure = {
  readonly status: number
  /** `GET /api/v1/pods` */
  readonly call: string
  readonly body: unknown
  /** The `Retry-After` header, in seconds. */
  readonly retryAfter?: string | undefined
}

export function errorOfFailure({ status, call, body, retryAfter }: ApiFailure): KubeError {
  const { message, reason, details } = statusOf(body)
  const code = codeOf(status, reason)
  const seconds = Number(retryAfter ?? details?.retryAfterSeconds)
  return new KubeError(code, `${call}: ${message ?? `HTTP ${status}: ${KUBE_ERROR_CODES[code]}`}`, {
    status,
    ...(seconds > 0 && { retryAfter: seconds * 1000 }),
  })
}

const INVALID: ReadonlySet<number> = new Set([400, 405, 406, 413, 415, 422])

function codeOf(status: number, reason: string | undefined): KubeErrorCode {
  if (status === 401) return 'unauthorized'
  if (status === 403) return 'forbidden'
  if (status === 404) return 'not-found'
  if (status === 409) return reason === 'AlreadyExists' ? 'already-exists' : 'conflict'
  if (status === 410) return 'gone'
  if (status === 429) return 'too-many-requests'
  return INVALID.has(status) ? 'invalid' : 'server-fault'
}

type ApiStatus = {
  readonly message?: string
  readonly reason?: string
  readonly details?: { readonly retryAfterSeconds?: number }
}

/** The fields of a Status that have the right type. */
function statusOf(body: unknown): ApiStatus {
  if (typeof body === 'string') return body.trim() === '' ? {} : { message: body.trim().slice(0, 300) }
  if (typeof body !== 'object' || body === null) return {}
  const { message, reason, details } = body as Readonly<Record<keyof ApiStatus, unknown>>
  const seconds = typeof details === 'object' && details !== null && Reflect.get(details, 'retryAfterSeconds')
  return {
    ...(typeof message === 'string' && message !== '' && { message }),
    ...(typeof reason === 'string' && { reason }),
    ...(typeof seconds === 'number' && { details: { retryAfterSeconds: seconds } }),
  }
}

const NO_CONNECTION: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])
const TIMED_OUT: ReadonlySet<unknown> = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])
const TLS = /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT_|HOSTNAME_MISMATCH)/

/** Converts a connection error. `signal` is that of the caller. */
export function errorOfConnection(call: string, cause: unknown, signal?: AbortSignal): KubeError {
  if (cause instanceof KubeError) return cause
  const code = signal?.aborted ? 'aborted' : connectionCode(cause)
  const why = cause instanceof Error && cause.message ? `: ${cause.message}` : ''
  return new KubeError(code, `${call}: ${KUBE_ERROR_CODES[code]}${why}`, { cause })
}

function connectionCode(cause: unknown): KubeErrorCode {
  if (!(cause instanceof Error)) return 'reset'
  const code = 'code' in cause ? cause.code : undefined
  if (cause.name === 'TimeoutError' || TIMED_OUT.has(code)) return 'timeout'
  if (NO_CONNECTION.has(code)) return 'unreachable'
  if (typeof code === 'string' && TLS.test(code)) return 'untrusted'
  return cause.name === 'HTTPParserError' || cause instanceof SyntaxError ? 'server-fault' : 'reset'
}

/** Converts an error while loading credentials, such as a failed exec plugin or a missing file. */
export function errorOfCredentials(from: string, cause: unknown): KubeError {
  const why = cause instanceof Error ? cause.message.trim() : String(cause)
  return new KubeError('no-credentials', `no credentials from ${from}: ${why}`, { cause })
}
