/**
 * Address ranges as regular expressions: the proxy does not support ranges, but can match the text of an address.
 */
import { MAPPED, plainForm } from './address-forms.ts'

/** A pattern for the addresses in any of the IPv4 ranges; undefined if one of them is not an IPv4 range. */
export function cidrPattern(ranges: readonly string[]): string | undefined {
  const patterns = ranges.map(rangePattern)
  const known = patterns.filter(pattern => pattern !== undefined)
  return known.length === ranges.length ? `^${MAPPED}(?:${known.join('|')})$` : undefined
}

const ANY_OCTET = '\\d{1,3}'

function rangePattern(range: string): string | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(unmapped(range))
  if (parts === null) return undefined
  const octets = parts.slice(1, 5).map(Number)
  const length = parts[5] === undefined ? 32 : Number(parts[5])
  if (length > 32 || octets.some(octet => octet > 255)) return undefined
  return octets.map((octet, i) => octetPattern(octet, Math.min(8, Math.max(0, length - 8 * i)))).join('\\.')
}

/** `::ffff:10.0.0.0/104` is `10.0.0.0/8`. */
function unmapped(range: string): string {
  const [, address, length = '128'] = /^([0-9a-f:.]*:[0-9a-f:.]*)(?:\/(\d{1,3}))?$/i.exec(range) ?? []
  const plain = address === undefined ? undefined : plainForm(address)
  return plain === undefined || Number(length) < MAPPED_BITS ? range : `${plain}/${Number(length) - MAPPED_BITS}`
}

const MAPPED_BITS = 96

/** The octets that share their first `fixed` bits with `octet`. */
function octetPattern(octet: number, fixed: number): string {
  if (fixed === 0) return ANY_OCTET
  if (fixed === 8) return String(octet)
  const size = 2 ** (8 - fixed)
  const first = octet - (octet % size)
  return `(?:${compact(Array.from({ length: size }, (_, i) => first + i)).join('|')})`
}

/** Joins numbers that differ in their last digit only: 16, 17, 20 become `1[67]` and `20`. */
function compact(numbers: readonly number[]): readonly string[] {
  const lastDigits = new Map<string, number[]>()
  for (const number of numbers) {
    const tens = number < 10 ? '' : String(Math.floor(number / 10))
    lastDigits.set(tens, [...(lastDigits.get(tens) ?? []), number % 10])
  }
  return [...lastDigits].map(([tens, digits]) => `${tens}${digitClass(digits)}`)
}

function digitClass(digits: readonly number[]): string {
  const [first = 0] = digits
  const last = digits.at(-1) ?? first
  if (digits.length === 1) return String(first)
  return digits.length === 10 ? '\\d' : `[${first}-${last}]`
}
