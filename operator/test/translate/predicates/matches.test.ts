import { createRequire } from 'node:module'
import type { Json, JsonObject } from '@l7mesh/proxy-client'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cidrPattern } from '../../../src/translate/predicates/cidr.ts'
import { compileMatch } from '../../../src/translate/predicates/matches.ts'
import { regexProblem } from '../../../src/translate/predicates/regexes.ts'
import { ProblemCollector } from '../../../src/translate/problems.ts'

/** The library with which the proxy itself evaluates predicates. */
const proxy = createRequire(createRequire(import.meta.url).resolve('@l7mp/l7mp/l7mp.js'))('json-predicate') as {
  test(data: Json, predicate: JsonObject): boolean
}

const compiled = (match: JsonObject) => {
  const result = compileMatch(match, new ProblemCollector())
  if (result === undefined || result === 'always') throw new Error(`not compiled: ${JSON.stringify(match)}`)
  return result
}
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '.', '(', '$', '\\', '-', '/') })

describe('compiled predicates, evaluated by the library of the proxy', () => {
  it.each([
    ['starts', (value: string, part: string) => value.startsWith(part)],
    ['ends', (value: string, part: string) => value.endsWith(part)],
    ['contains', (value: string, part: string) => value.includes(part)],
  ] as const)('%s means what it says', (op, means) => {
    fc.assert(
      fc.property(text, text, fc.boolean(), (value, part, ignore_case) => {
        const fold = (it: string) => (ignore_case ? it.toLowerCase() : it)
        const match = compiled({ op, path: '/x', value: part, ignore_case })
        expect(proxy.test({ x: value }, match)).toBe(means(fold(value), fold(part)))
      }),
    )
  })

  it.each(['starts', 'ends', 'contains'])('%s does not throw if the value is not a string', op => {
    const match = compiled({ op, path: '/x', value: 'a' })
    for (const x of [1, null, true, {}]) expect(proxy.test({ x }, match)).toBe(false)
  })

  it('contains searches lists', () => {
    expect(proxy.test({ x: ['a', 'b'] }, compiled({ op: 'contains', path: '/x', value: 'b' }))).toBe(true)
  })

  it('cidr matches exactly the addresses of the range, in both forms', () => {
    const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255))
    const number = (of: readonly number[]) => of.reduce((sum, octet) => sum * 256 + octet, 0)
    fc.assert(
      fc.property(octets, octets, fc.nat(32), (net, near, length) => {
        const pattern = new RegExp(cidrPattern([`${net.join('.')}/${length}`]) ?? '')
        // Half of the addresses share their first octets with the range.
        for (const address of [near, [...net.slice(0, 2), ...near.slice(2)], [...net.slice(0, 3), near[3] ?? 0]]) {
          const inside =
            Math.floor(number(address) / 2 ** (32 - length)) === Math.floor(number(net) / 2 ** (32 - length))
          expect(pattern.test(address.join('.'))).toBe(inside)
          expect(pattern.test(`::ffff:${address.join('.')}`)).toBe(inside)
        }
      }),
    )
  })

  it.each(['10.0.0.0/33', '256.0.0.0/8', '10.0.0/8', 'fd00::/8', ''])('%s is not a range', range => {
    expect(cidrPattern([range])).toBeUndefined()
  })
})

describe('regular expressions', () => {
  it.each([
    '^(::ffff:)?10\\.',
    'foo.*bar$',
    '.*\\.example\\.com$',
    '^/api/v[0-9]+/.*',
    '^(\\d{1,3}\\.){3}\\d{1,3}$',
    '^([0-9a-f]{2}:)*$',
    '\\.(png|jpg)$',
    '^/(foo|bar)(/.*)?$',
    '^[a-z0-9-]+\\.[a-z]+\\.com(:[0-9]+)?$',
  ])('%s may run', pattern => {
    expect(regexProblem(pattern)).toBeUndefined()
  })

  it.each([
    '(a+)+$',
    '((a+))+$',
    '(a|a)*$',
    '(a|aa)+$',
    '([a-z]+)*@x',
    '^(\\w+\\s?)*$',
    '(a{1,9}b*){20,}',
    '.*.*.*x',
    '(a?){50}a{50}',
    '((a{0,9}){4}){4}',
    'a?'.repeat(30),
    '(a)\\1',
    '(',
    'a'.repeat(3000),
  ])('%s may not', pattern => {
    expect(regexProblem(pattern)).toEqual(expect.any(String))
  })
})

it('a predicate that is too deep is a problem', () => {
  let match: JsonObject = { op: 'defined', path: '/x' }
  for (let depth = 0; depth < 60; depth += 1) match = { op: 'not', apply: [match] }
  const problems = new ProblemCollector()
  expect(compileMatch(match, problems)).toBeUndefined()
  expect(problems.verdict().problems.map(({ reason }) => reason)).toEqual(['InvalidMatch'])
})

it.each<[JsonObject, string]>([
  [{ op: 'test', path: '/x', value: 'a', ignorecase: true }, 'has an unknown field `ignorecase`: write `ignore_case`'],
  [{ op: 'defined', path: '/x', comment: 'why' }, 'has an unknown field `comment`: `defined` takes op, path, value'],
  [{ op: 'test', path: '/x', value: 1, apply: [] }, 'has an unknown field `apply`: `test` takes op, path, value'],
  [{ op: 'or', pat: '/x', apply: [{ op: 'defined', path: '/y' }] }, 'has an unknown field `pat`: write `path`'],
  [{ op: 'not', apply: [{ op: 'defined', path: '/y', valeu: 1 }] }, 'has an unknown field `valeu`: write `value`'],
])('a field that no predicate has is a problem: %j', (match, message) => {
  const problems = new ProblemCollector()
  expect(compileMatch(match, problems)).toBeUndefined()
  expect(problems.verdict().problems).toMatchObject([
    { reason: 'InvalidMatch', message: expect.stringContaining(message) },
  ])
})
