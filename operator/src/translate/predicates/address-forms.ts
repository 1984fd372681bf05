/**
 * The text forms of addresses in the proxy, which depend on the listener: an IPv4 client is `10.0.0.1` over UDP, and
 * `::ffff:10.0.0.1` (IPv4-mapped) over TCP, HTTP and WebSocket. A rule may get sessions of all of them, so a predicate on
 * an address is compiled to match both forms.
 */
import { eachToken, escapeRegex } from './regexes.ts'

/** The optional prefix of an IPv4 address, for regular expressions. */
export const MAPPED = '(?:::ffff:)?'

/** The forms of an address in the proxy; undefined if the text is not an address. */
export function shownForms(text: string): readonly string[] | undefined {
  const [address = '', ...zone] = text.split('%')
  const plain = plainForm(address)
  if (plain === undefined || zone.length > 1) return undefined
  if (!isIpv4(plain)) return [[plain, ...zone].join('%')]
  return zone.length > 0 ? undefined : [plain, `::ffff:${plain}`]
}

/** IPv4 without a prefix, IPv6 as Node.js prints it. */
export function plainForm(address: string): string | undefined {
  if (isIpv4(address)) return address
  if (!/^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(address)) return undefined
  const url = URL.parse(`http://[${address}]/`)
  if (url === null) return undefined
  const canonical = url.hostname.slice(1, -1)
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical)
  return mapped === null ? canonical : mapped.slice(1).map(dotted).join('.')
}

function dotted(word: string): string {
  const number = Number.parseInt(word, 16)
  return `${number >> 8}.${number & 255}`
}

export function isIpv4(text: string): boolean {
  const octets = text.split('.')
  return octets.length === 4 && octets.every(octet => /^(?:0|[1-9]\d{0,2})$/.test(octet) && Number(octet) <= 255)
}

/**
 * Patterns for a part of an address that is in one of its forms: they match both forms. A part of only the prefix is taken
 * literally.
 */
export const ADDRESS_PATTERNS: { readonly [op in 'starts' | 'ends' | 'contains']: (text: string) => string } = {
  starts(text) {
    const part = shownPart(text.replace(/^0+(?=[0-9a-f]{1,4}:)/i, ''))
    const [, octet] = /^::ffff:(\d{1,3})$/.exec(part) ?? []
    return octet === undefined ? `^${MAPPED}${escapeRegex(part.replace(/^::ffff:(?=\d)/, ''))}` : firstOctet(octet)
  },
  ends(text) {
    const part = shownPart(text)
    const [, whole] = WITH_PREFIX.exec(part) ?? []
    return whole === undefined ? `${escapeRegex(part)}$` : `^${MAPPED}${escapeRegex(whole)}$`
  },
  contains(text) {
    const part = shownPart(text)
    const [, start] = WITH_PREFIX.exec(part) ?? []
    const [, octet] = /^(?:::ffff|:ffff|f{0,4}):(\d{1,3})$/.exec(part) ?? []
    if (start !== undefined) return `^${MAPPED}${escapeRegex(start)}`
    return octet === undefined ? escapeRegex(part) : `${escapeRegex(part)}|${firstOctet(octet)}`
  },
}

/** The end of the prefix, or all of it, followed by an IPv4 address. */
const WITH_PREFIX = /^(?:::ffff|:ffff|f{0,4}):(\d{1,3}\..*)$/

function firstOctet(digits: string): string {
  return `^${MAPPED}${digits}\\d{0,2}\\.`
}

/** In the notation of the proxy: lower case, and no leading zeros in a group. */
function shownPart(text: string): string {
  return text.toLowerCase().replace(/:0+(?=[0-9a-f])/g, ':')
}

/**
 * Extends a pattern for the plain form to both forms: its `^` then matches the start of the plain form. A pattern that
 * contains the prefix itself is unchanged.
 */
export function forBothForms(pattern: string): string {
  const plain = pattern.replace(/^\^::ffff:(?![?*+{])/i, '^')
  if (/ffff/i.test(plain)) return pattern
  return eachToken(plain, token => (token === '^' ? PLAIN_BEGINS : token))
}

const PLAIN_BEGINS = `(?<=^${MAPPED})(?!::ffff:)`
