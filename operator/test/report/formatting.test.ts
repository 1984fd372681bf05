import { expect, it } from 'vitest'
import { parseAddress } from '../../src/cli/options/address.ts'
import { count, duration, short } from '../../src/report/formatting.ts'

it('counts', () => {
  expect([count(1, 'call'), count(2, 'call'), count(0, 'proxy', 'proxies')]).toEqual(['1 call', '2 calls', '0 proxies'])
})

it.each([
  [0, '0 ms'],
  [13.6, '14 ms'],
  [1249, '1.2 s'],
  [61_000, '1 min'],
])('formats %i milliseconds as %s', (milliseconds, text) => {
  expect(duration(milliseconds)).toBe(text)
})

it('omits the common prefix of names', () => {
  expect(short('+ listener /apis/l7mp.io/v1/namespaces/dns/virtualservices/a@b')).toBe(
    '+ listener dns/virtualservices/a@b',
  )
})

it.each([
  ['10.0.0.1:4321', { host: '10.0.0.1', port: 4321 }],
  ['proxy.example', { host: 'proxy.example', port: 1234 }],
  ['[fd00::1]:80', { host: 'fd00::1', port: 80 }],
  ['[fd00::1]', { host: 'fd00::1', port: 1234 }],
])('reads the address %s', (text, address) => {
  expect(parseAddress(text)).toEqual(address)
})

it.each(['', ':80', 'a:b', 'a:0', 'a:65536', 'a b:1', 'fd00::1', 'http://a:1'])('rejects the address %j', text => {
  expect(() => parseAddress(text)).toThrow('Write HOST:PORT.')
})
