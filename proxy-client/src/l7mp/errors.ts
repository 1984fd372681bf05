/**
 * Maps responses and broken connections of l7mp 0.5.7 to ProxyErrors. This is the only file that reads the proxy's error
 * messages.
 */
import { PROXY_ERROR_CODES, ProxyError, type ProxyErrorCode, type RequestLine } from '../errors.ts'

/** The error messages of l7mp 0.5.7, all with status 400. Names in them contain no white space. */
const SENTENCES: readonly { readonly says: RegExp; readonly code: ProxyErrorCode }[] = [
  { says: /^Cannot add .* already defined$/, code: 'already-defined' },
  { says: /^Cannot delete (listener|cluster|rule|RuleList|Route): Unknown /, code: 'not-found' },
  { says: /^No such (session$|cluster: |rule list: )/, code: 'not-found' },
  { says: /^No rule /, code: 'not-found' },
  { says: /^Cannot delete rule at position /, code: 'not-found' },
  // Reads of a missing object, and all calls for a missing endpoint or cluster.
  { says: /^Not Found$/, code: 'not-found' },
  // For an insertion into a missing rulelist, the proxy loses its own error message.
  { says: /^Bad Request$/, code: 'not-found' },
  { says: /: Could not bind to .* EADDRINUSE/, code: 'address-in-use' },
]

/** Maps a response with a status other than 200. */
export function errorOfResponse(call: RequestLine, status: number, body: string): ProxyError {
  const sentence = sentenceOf(body)
  const code = codeOfResponse(status, sentence, body)
  const meaning = code === 'invalid' ? '' : ` (${PROXY_ERROR_CODES[code]})`
  const message = `${called(call)}: the proxy responded with ${status}: ${sentence ?? 'unreadable response'}${meaning}`
  return new ProxyError(code, message, { call, status, ...(sentence !== undefined && { sentence }) })
}

function codeOfResponse(status: number, sentence: string | undefined, body: string): ProxyErrorCode {
  if (status === 404 || status === 401 || status === 403) return 'locked-out'
  // A strict proxy also validates its own responses, and rejects sessions with intermediate stages.
  if (status === 422) return body.includes('Response validation failed') ? 'proxy-fault' : 'invalid'
  if (status !== 400 || sentence === undefined) return 'proxy-fault'
  return SENTENCES.find(({ says }) => says.test(sentence))?.code ?? 'invalid'
}

/** The `content` of an error, or its `message` if the content is missing or unreadable. */
function sentenceOf(body: string): string | undefined {
  const parsed = parsedJson(body)
  if (typeof parsed !== 'object' || parsed === null) return undefined
  const { content, message } = parsed as { content?: unknown; message?: unknown }
  if (typeof content === 'string') return content
  if (Array.isArray(content)) return content.map(complaint).join('; ')
  return typeof message === 'string' ? message : undefined
}

/** One finding of the schema check of a strict proxy. */
function complaint(finding: { readonly dataPath?: unknown; readonly message?: unknown } | null): string {
  return `${finding?.dataPath ?? ''} ${finding?.message ?? 'is not valid'}`.trim()
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether `GET /endpoints/NAME` found the endpoint: in l7mp 0.5.7, the call is broken and then fails with this message. */
export function saysThatEndpointExists(error: ProxyError): boolean {
  return error.sentence === 'c is not defined'
}

const NO_CONNECTION: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** Maps the error of a connection. */
export function errorOfConnection(call: RequestLine, cause: unknown): ProxyError {
  if (cause instanceof ProxyError) return cause
  const code = connectionCode(cause)
  const why = cause instanceof Error && cause.message ? `: ${cause.message}` : ''
  return new ProxyError(code, `${called(call)}: ${PROXY_ERROR_CODES[code]}${why}`, { cause, call })
}

function connectionCode(cause: unknown): ProxyErrorCode {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (NO_CONNECTION.has(code)) return 'unreachable'
  return cause instanceof Error && cause.name === 'HTTPParserError' ? 'proxy-fault' : 'reset'
}

/** For a response with status 200 and an unexpected body. */
export function errorOfShape(call: RequestLine, cause: unknown): ProxyError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new ProxyError('proxy-fault', `${called(call)}: ${why}`, { cause, call, status: 200 })
}

export function errorOfDeadline(call: RequestLine, milliseconds: number): ProxyError {
  return new ProxyError('timeout', `${called(call)}: no response within ${milliseconds} ms`, { call })
}

export function errorOfAbort(cause: unknown): ProxyError {
  return new ProxyError('aborted', PROXY_ERROR_CODES.aborted, { cause })
}

function called({ method, path }: RequestLine): string {
  return `${method} ${path}`
}
