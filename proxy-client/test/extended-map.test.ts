import { expect, it } from 'vitest'
import { createCompare, EMPTY_CONFIG, ExtendedMap, intern, MARKER, type RuleList } from '../src/index.ts'

const BASE = new Map([
  ['a', 1],
  ['b', 2],
])
const plain = new Map([...BASE, ['m', 3]])
const extended = new ExtendedMap(BASE, 'm', 3)

it('behaves like a map with all entries', () => {
  expect(extended.size).toBe(3)
  expect([...extended]).toEqual([...plain])
  expect([...extended.entries()]).toEqual([...plain.entries()])
  expect([...extended.keys()]).toEqual([...plain.keys()])
  expect([...extended.values()]).toEqual([...plain.values()])
  for (const key of ['a', 'm', 'c']) {
    expect(extended.get(key)).toBe(plain.get(key))
    expect(extended.has(key)).toBe(plain.has(key))
  }
  const seen: [string, number][] = []
  extended.forEach((value, key) => void seen.push([key, value]))
  expect(seen).toEqual([...plain])
})

const list = (name: string, ...rules: readonly string[]): RuleList => ({ name, rules })
const configOf = (...lists: readonly RuleList[]) => ({
  ...EMPTY_CONFIG,
  rulelists: new Map(lists.map(each => [each.name, each])),
})

it('lets proxies that differ only in their marker share all other objects', () => {
  const compare = createCompare()
  const desired = configOf(list('a', 'r'), list('b'))
  const foreign = () => list('foreign')
  const [one, two] = ['1', '2'].map(id =>
    intern(configOf(list('a', 'r'), foreign(), list(MARKER, id), list('b')), desired, compare),
  )
  if (!(one?.rulelists instanceof ExtendedMap && two?.rulelists instanceof ExtendedMap))
    throw new Error('they have maps of their own')
  expect(one.rulelists.base).toBe(two.rulelists.base)
  expect([one, two].map(({ rulelists }) => rulelists.get(MARKER)?.rules)).toEqual([['1'], ['2']])
  expect(intern(one, desired, compare).rulelists).toBe(one.rulelists)
  const next = configOf(list('a', 'r'), list('c'))
  expect(compare.match(one.rulelists, next.rulelists)).toMatchObject({
    missing: [list('c')],
    surplus: [list('b'), list('foreign'), list(MARKER, '1')],
  })
})
