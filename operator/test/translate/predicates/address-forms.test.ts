import { createRequire } from 'node:module'
import { BlockList, isIPv6, SocketAddress } from 'node:net'
import type { Json, JsonObject } from '@l7mesh/proxy-client'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cidrPattern } from '../../../src/translate/predicates/cidr.ts'
import { compileMatch } from '../../../src/translate/predicates/matches.ts'
import { ProblemCollector } from '../../../src/translate/problems.ts'

/** The library with which the proxy itself evaluates predicates. */
const proxy = createRequire(createRequire(import.meta.url).resolve('@l7mp/l7mp/l7mp.js'))('json-predicate') as {
  test(data: Json, predicate: JsonObject): boolean
}

/** Whether a session with this address matches. */
function matches(shown: string, given: JsonObject): boolean {
  const match = compileMatch({ path: '/IP/src_addr', ...given }, new ProblemCollector())
  if (match === undefined || match === 'always') throw new Error(`not compiled: ${JSON.stringify(given)}`)
  return proxy.test({ IP: { src_addr: shown } }, match)
}

/** Few octets, so that addresses are often alike. */
const octet = fc.constantFrom(0, 1, 10, 100, 101, 255)
const ipv4 = fc.tuple(octet, octet, octet, octet).map(octets => octets.join('.'))
const word = fc.constantFrom('0', '1', 'a', 'db8', '2001', 'ffff')
const ipv6 = fc
  .tuple(fc.constantFrom('2001', 'fd00', 'fe80'), fc.array(word, { minLength: 7, maxLength: 7 }))
  .map(([first, others]) => [first, ...others].join(':'))

/** As Node.js prints it, and so the proxy. */
const printed = (address: string) => {
  const { family, address: text } = new SocketAddress({ address, family: isIPv6(address) ? 'ipv6' : 'ipv4' })
  return family === 'ipv6' ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text
}

/** The forms in the proxy: over UDP, and over TCP, HTTP and WebSocket. */
const shownForms = (address: string) => [address, `::ffff:${address}`]

/** Notations of the same address. */
const writings = (address: string): fc.Arbitrary<string> =>
  isIPv6(address)
    ? fc.constantFrom(
        address,
        address.toUpperCase(),
        printed(address),
        address.replace(/[^:]+/g, group => group.padStart(4, '0')),
      )
    : fc.constantFrom(
        address,
        `::ffff:${address}`,
        `::FFFF:${address}`,
        `0:0:0:0:0:ffff:${address}`,
        hexadecimal(address),
      )

function hexadecimal(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
  return `::ffff:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
}

describe('addresses in predicates', () => {
  it('are compared by value, over every protocol', () => {
    const pair = fc.tuple(fc.oneof(ipv4, ipv6), fc.oneof(ipv4, ipv6), fc.boolean())
    const written = pair.chain(([address, other, same]) =>
      fc
        .tuple(fc.constant(address), fc.constant(same ? address : other))
        .chain(([client, named]) => fc.tuple(fc.constant(client), fc.constant(named), writings(named))),
    )
    fc.assert(
      fc.property(written, ([client, named, text]) => {
        const shown = isIPv6(client) ? [printed(client)] : shownForms(client)
        for (const form of shown) {
          expect(matches(form, { op: 'test', value: text })).toBe(printed(client) === printed(named))
          expect(matches(form, { op: 'in', value: ['192.0.2.1', text] })).toBe(printed(client) === printed(named))
        }
      }),
    )
  })

  it.each([
    ['starts', (form: string, part: string) => form.startsWith(part)],
    ['ends', (form: string, part: string) => form.endsWith(part)],
    ['contains', (form: string, part: string) => form.includes(part)],
  ] as const)('%s matches both forms, whichever the proxy has', (op, means) => {
    // A part of the prefix alone is left as it stands, so parts have a digit.
    const parts = fc
      .tuple(ipv4, fc.nat(22), fc.nat(22), fc.constantFrom(0, 1))
      .map(
        ([address, from, to, form]) => shownForms(address)[form]?.slice(Math.min(from, to), Math.max(from, to)) ?? '',
      )
      .filter(part => /\d/.test(part))
    fc.assert(
      fc.property(ipv4, parts, (address, part) => {
        const expected = shownForms(address).some(form => means(form, part))
        for (const form of shownForms(address)) expect(matches(form, { op, value: part })).toBe(expected)
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    '^10\\.',
    '^10\\.|^1\\.',
    '^(?:10|1)\\.',
    '^(?!10\\.)',
    '(?!^10)',
    '^::ffff:10\\.',
    '^(::ffff:)?10\\.',
    '\\.1$',
    '^10\\.[^.]*\\.',
  ])('the pattern %s matches the plain form of an IPv4 address', pattern => {
    const plain = new RegExp(pattern.replace(/^\^(::ffff:|\(::ffff:\)\?)/, '^'))
    fc.assert(
      fc.property(ipv4, address => {
        for (const form of shownForms(address))
          expect(matches(form, { op: 'matches', value: pattern })).toBe(plain.test(address))
      }),
    )
  })

  it('a mapped range equals the IPv4 range', () => {
    fc.assert(
      fc.property(
        ipv4,
        ipv4,
        fc.integer({ min: 0, max: 32 }),
        fc.constantFrom('::ffff:', '::FFFF:', '0:0:0:0:0:ffff:'),
        (net, address, bits, prefix) => {
          const block = new BlockList()
          block.addSubnet(net, bits)
          const pattern = new RegExp(cidrPattern([`${prefix}${net}/${96 + bits}`]) ?? '')
          for (const form of shownForms(address)) expect(pattern.test(form)).toBe(block.check(address))
        },
      ),
    )
  })

  it.each([
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    'localhost',
    '10.0.0.1:80',
    '[::1]',
    ':',
    '::1::',
    '10.0.0.1/32',
    '10.0.0.1%eth0',
    '',
    '::1]/x[',
  ])('%j is not an address', value => {
    const problems = new ProblemCollector()
    expect(compileMatch({ op: 'test', path: '/IP/src_addr', value }, problems)).toBeUndefined()
    expect(problems.verdict().problems.map(({ reason }) => reason)).toEqual(['InvalidMatch'])
  })
})
