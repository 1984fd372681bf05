/** Bearer tokens for the REST API of a proxy, which may be rotated while a client is connected. */
import { ProxyError } from '../errors.ts'
import { bytesOf, type ResponseBody, release } from './response-body.ts'

/**
 * Returns the current token: visible ASCII characters; undefined for none. It is called before each call, so it must be
 * fast. `refused`: the token that the proxy has just rejected, if any. If a different one is returned, the call is repeated
 * once.
 */
export type Credentials = (refused?: string) => string | undefined

/** The tokens of one client. They are redacted from all responses of the proxy. */
export class Tokens {
  readonly #credentials: Credentials
  /** As they appear in JSON; the newest last. */
  readonly #used: string[] = []

  constructor(credentials: Credentials) {
    this.#credentials = credentials
  }

  /** Throws a ProxyError if the token cannot be sent. */
  current(refused?: string): string | undefined {
    const token = this.#credentials(refused)
    if (token !== undefined) this.#remember(token)
    return token
  }

  /** The token is part of the controller's rules, and so of what the proxy reads back. */
  redact(body: ResponseBody): ResponseBody {
    if (this.#used.length === 0) return body
    const bytes = bytesOf(body)
    release(body)
    if (!this.#used.some(token => bytes.includes(token))) return [bytes]
    return this.#used.reduce((redacted, token) => redacted.replaceAll(token, '<token>'), bytes.toString())
  }

  #remember(token: string): void {
    if (!isToken(token)) throw new ProxyError('locked-out', NO_TOKEN)
    const escaped = JSON.stringify(token).slice(1, -1)
    if (this.#used.at(-1) === escaped) return
    const known = this.#used.indexOf(escaped)
    if (known >= 0) this.#used.splice(known, 1)
    this.#used.push(escaped)
    if (this.#used.length > MOST_REMEMBERED) this.#used.shift()
  }
}

export function isToken(text: string): boolean {
  return /^[!-~]+$/.test(text)
}

export const NO_TOKEN = 'A token must consist of visible ASCII characters'

/** A proxy accepts few tokens at a time. */
const MOST_REMEMBERED = 8
