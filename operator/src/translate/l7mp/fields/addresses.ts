/**
 * Addresses: an IP address or a DNS name. The proxy accepts any text and silently ignores an address that it cannot use,
 * so other forms are recognized here, to report what was meant.
 */

export type Family = 'IPv4' | 'IPv6' | 'name'

/** undefined if it is not an address. */
export function familyOf(address: unknown): Family | undefined {
  if (typeof address !== 'string') return undefined
  if (isIPv4(address)) return 'IPv4'
  if (isIPv6(address)) return 'IPv6'
  return isName(address) ? 'name' : undefined
}

/** What is wrong with an address and what to write, as one sentence; undefined if it is valid. */
export function addressProblem(address: unknown): string | undefined {
  if (typeof address !== 'string' || address === '') return 'An IP address or a DNS name is required.'
  if (familyOf(address) !== undefined) return undefined
  const { what, help } = misreading(address)
  return `${JSON.stringify(address.slice(0, MAX_SHOWN))} ${what}: ${help}.`
}

/** The same for an address of the proxy, to listen on or to send from: only an IP address is valid. */
export function ownAddressProblem(address: unknown): string | undefined {
  if (familyOf(address) !== 'name') return addressProblem(address)
  return `${JSON.stringify(address)} is a DNS name: write an IP address of the proxy.`
}

const MAX_SHOWN = 100

const OCTET = /^(?:0|[1-9]\d{0,2})$/

function isIPv4(text: string): boolean {
  const octets = text.split('.')
  return octets.length === 4 && octets.every(octet => OCTET.test(octet) && Number(octet) <= 255)
}

function isIPv6(text: string): boolean {
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = halves.map(half => (half === '' ? [] : half.split(':')))
  const all = groups.flat()
  const last = all.at(-1) ?? ''
  // The last two groups may be written as IPv4, and only they, at the very end.
  const isMixed = isIPv4(last) && !text.endsWith('::')
  const plain = isMixed ? all.slice(0, -1) : all
  const count = plain.length + (isMixed ? 2 : 0)
  return plain.every(group => /^[\da-f]{1,4}$/i.test(group)) && (halves.length === 2 ? count <= 7 : count === 8)
}

/** Without the trailing dot of a fully qualified name. */
const MAX_NAME = 253
const LABEL = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i
/** Resolvers parse a name with such a last label as an IPv4 address. */
const NUMBER = /^(?:\d+|0x[\da-f]*)$/i

function isName(text: string): boolean {
  const name = text.endsWith('.') ? text.slice(0, -1) : text
  const labels = name.split('.')
  return name.length <= MAX_NAME && labels.every(label => LABEL.test(label)) && !NUMBER.test(labels.at(-1) ?? '')
}

type Misreading = { readonly what: string; readonly help: string }

const IN_PORT = 'write the port in the `port` of the protocol'

/** Common mistakes, the more specific ones first. */
const MISREADINGS: readonly (readonly [RegExp, (match: RegExpExecArray) => Misreading])[] = [
  [/\s/, () => ({ what: 'has spaces', help: 'write one IP address or DNS name' })],
  [
    /^[a-z][a-z\d+.-]*:\/\/(?:[^/@]*@)?(\[[^\]]*\]|[^/:?#]*)/i,
    ([, host = '']) => ({ what: 'is a URL', help: `remove the scheme and all but the host${like(unbracketed(host))}` }),
  ],
  [/^\[([^\]]*)\]$/, ([, host = '']) => ({ what: 'has brackets', help: `remove them${like(host)}` })],
  [
    /^\[([^\]]*)\]:\d*$/,
    ([, host = '']) => ({
      what: 'has brackets and a port',
      help: `${IN_PORT}, and only the address here${like(host)}`,
    }),
  ],
  [/^[^/]*\/\d+$/, () => ({ what: 'is a range of addresses', help: 'write one address, in an endpoint of its own' })],
  [
    /^([^:/]*):\d*$/,
    ([, host = '']) => ({ what: 'has a port', help: `${IN_PORT}, and only the address here${like(host)}` }),
  ],
  [/%/, () => ({ what: 'has a zone', help: 'write an address without a zone' })],
  [/\//, () => ({ what: 'is a path', help: 'write only the host' })],
  [
    /(?:^|\.)0\d[\d.]*$/,
    () => ({ what: 'has leading zeros', help: 'write numbers from 0 to 255 without leading zeros, like 192.0.2.1' }),
  ],
  [
    /^\d[\da-fx.]*$/i,
    () => ({ what: 'is not an IPv4 address', help: 'write four numbers from 0 to 255, like 192.0.2.1' }),
  ],
  [/:/, () => ({ what: 'is not an IPv6 address', help: 'write one like 2001:db8::1' })],
  [
    /[^ -~]/,
    () => ({ what: 'has non-ASCII letters', help: 'write the name in ASCII form, like xn--bcher-kva.example' }),
  ],
  [/_/, () => ({ what: 'has an underscore', help: 'write the name of a host: letters, digits, - and dots' })],
]

function misreading(text: string): Misreading {
  for (const [pattern, read] of MISREADINGS) {
    const match = pattern.exec(text)
    if (match) return read(match)
  }
  return {
    what: 'is neither an IP address nor a DNS name',
    help: 'a DNS name has labels of at most 63 letters, digits and -, separated by dots, and at most 253 characters',
  }
}

function unbracketed(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1')
}

/** Shows the address that was meant, if that is certain. */
function like(host: string): string {
  return familyOf(host) === undefined ? '' : `: ${host}`
}
