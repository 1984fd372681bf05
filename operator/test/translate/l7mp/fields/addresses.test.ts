import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressProblem, familyOf, ownAddressProblem } from '../../../../src/translate/l7mp/fields/addresses.ts'

describe('an address', () => {
  it.each([
    '192.0.2.1',
    '0.0.0.0',
    '255.255.255.255',
    '::',
    '::1',
    '2001:db8::7',
    '1:2:3:4:5:6:7:8',
    '::ffff:192.0.2.1',
    'localhost',
    'redis',
    'logs.example.net',
    'logs.example.net.',
    'UPPER.example',
    '1password.example',
    '10.example',
    `${'a'.repeat(63)}.example`,
    'xn--bcher-kva.example',
  ])('%s', text => {
    expect(familyOf(text)).toBeDefined()
    expect(addressProblem(text)).toBeUndefined()
  })

  it.each([
    ['192.0.2.1:514', /has a port.*`port`.*: 192\.0\.2\.1\.$/],
    ['external.domain:8000', /has a port.*: external\.domain\.$/],
    ['[fd00::1]', /brackets: remove them: fd00::1\.$/],
    ['[fd00::1]:514', /brackets and a port.*`port`.*: fd00::1\.$/],
    ['udp://192.0.2.2', /URL.*scheme.*: 192\.0\.2\.2\.$/],
    ['https://user@logs.example.net:443/x?y', /URL.*: logs\.example\.net\.$/],
    ['tcp://[fd00::1]:80', /URL.*: fd00::1\.$/],
    ['192.0.2.0/24', /range.*one address/],
    ['fd00::/8', /range/],
    ['256.0.2.1', /four numbers from 0 to 255/],
    ['192.0.2', /four numbers/],
    ['192.0.2.1.', /four numbers/],
    ['1.2.3.4.5', /four numbers/],
    ['010.0.0.1', /leading zeros/],
    ['fe80::1%eth0', /zone/],
    ['1:2:3', /not an IPv6 address/],
    ['fd00:::1', /not an IPv6 address/],
    ['a/b', /path/],
    ['exämple.com', /ASCII/],
    ['my_host', /underscore/],
    ['-a.example', /DNS name.*letters, digits and -/],
    ['a..example', /DNS name/],
    ['.', /DNS name/],
    [`${'a'.repeat(64)}.example`, /63/],
    [`${'abcdefg.'.repeat(32)}example`, /253/],
    ['0x7f.1', /four numbers/],
    ['bad name', /spaces/],
    ['192.0.2.1\n', /spaces/],
    ['192.0.2.1,192.0.2.2', /DNS name/],
    ['*', /DNS name/],
    ['', /required/],
    [null, /required/],
    [514, /required/],
  ])('is not %j', (text, message) => {
    expect(familyOf(text)).toBeUndefined()
    expect(addressProblem(text)).toMatch(message)
    expect(ownAddressProblem(text)).toMatch(message)
  })

  it('of the proxy itself is not a DNS name', () => {
    expect(ownAddressProblem('192.0.2.1')).toBeUndefined()
    expect(ownAddressProblem('fd00::1')).toBeUndefined()
    expect(ownAddressProblem('edge.example')).toMatch(/IP address of the proxy/)
  })

  it('is an IP address if and only if Node.js agrees', () => {
    const group = fc.constantFrom('', '0', '1', 'ffff', 'fffff', 'g', '192.0.2.1', '01', '256', '255')
    const text = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.array(group, { maxLength: 9 }).map(groups => groups.join(':')),
      fc.array(group, { maxLength: 5 }).map(groups => groups.join('.')),
      fc.string(),
    )
    fc.assert(
      fc.property(text, given => {
        const version = { IPv4: 4, IPv6: 6, name: 0 }
        const family = familyOf(given)
        expect(family === undefined ? 0 : version[family]).toBe(isIP(given))
      }),
      { numRuns: 5000 },
    )
  })
})
