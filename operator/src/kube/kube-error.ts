/**
 * What can go wrong with a call to the API server, as one error class with a closed set of codes. Everything else of
 * the operator decides by these codes and never by a status or a sentence. Pure.
 */

export const KUBE_ERROR_CODES = {
  unreachable: 'no connection to the API server could be made',
  untrusted: 'the API server shows a certificate that the kubeconfig does not trust',
  reset: 'the connection broke before the answer was complete: a write may or may not have been done',
  timeout: 'the API server did not answer in time: a write may or may not have been done',
  aborted: 'the caller gave up',
  'no-credentials': 'the credentials that the kubeconfig names cannot be had',
  unauthorized: 'the API server does not know these credentials (401)',
  forbidden: 'these credentials do not allow it (403)',
  'not-found': 'there is no such object or no such kind (404)',
  'already-exists': 'an object of that name exists (409)',
  conflict: 'the object has changed meanwhile, or someone else owns the field (409)',
  gone: 'what was asked for is too old (410)',
  invalid: 'the API server does not take the object or the question (400, 405, 413, 415, 422)',
  'too-many-requests': 'the API server wants to be asked less often (429)',
  'server-fault': 'the API server answered with an error of its own, or with something that is not an answer',
} as const

export type KubeErrorCode = keyof typeof KUBE_ERROR_CODES

export type KubeErrorOptions = {
  readonly cause?: unknown
  /** The HTTP status, where the server answered. */
  readonly status?: number
  /** Milliseconds that the server asks to wait before the next try. */
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

/** What the API server says of a failure: the kind `ApiStatus`, in an answer or in an event of a watch. */
export type ApiFailure = {
  readonly status: number
  /** `GET /api/v1/pods` */
  readonly call: string
  readonly body: unknown
  /** The header, in seconds. */
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

/** The parts of a Status that are of their right type; of anything else, nothing. */
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

/** The error that a broken connection stands for. `signal` is the caller's. */
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

/** The error that credentials stand for that cannot be had: an exec plugin that failed, a file that is gone. */
export function errorOfCredentials(from: string, cause: unknown): KubeError {
  const why = cause instanceof Error ? cause.message.trim() : String(cause)
  return new KubeError('no-credentials', `no credentials from ${from}: ${why}`, { cause })
}
