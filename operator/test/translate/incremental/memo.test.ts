/** Which values are recomputed after a change. */
import { describe, expect, it } from 'vitest'
import { createMemo } from '../../../src/translate/incremental/memo.ts'

/** Numbers and flags outside of the memo, a memo over them, and a log of the values that it computes. */
function bench(outside: Record<string, number>) {
  let current: Readonly<Record<string, number>> = { ...outside }
  const memo = createMemo()
  const log: string[] = []
  const input = memo.input(
    key => current[key] ?? 0,
    () => current,
  )
  return {
    memo,
    input,
    log,
    /** The values computed in the round after a change, and its result. */
    round<T>(change: Record<string, number>, work: () => T) {
      current = { ...current, ...change }
      log.length = 0
      return { result: memo.round(work), computed: [...log] }
    },
  }
}

describe('a memo', () => {
  it('recomputes only values whose inputs changed', () => {
    const { memo, input, log, round } = bench({ a: 1, b: 2 })
    const double = memo.query((key: string) => {
      log.push(key)
      return input(key) * 2
    })
    const sum = () => double('a') + double('b')
    expect(round({}, sum)).toEqual({ result: 6, computed: ['a', 'b'] })
    expect(round({}, sum)).toEqual({ result: 6, computed: [] })
    expect(round({ b: 5 }, sum)).toEqual({ result: 12, computed: ['b'] })
  })

  it('fails again for the next reader', () => {
    const { memo, input, round } = bench({ a: 1 })
    const half = memo.query((key: string) => {
      if (input(key) % 2 === 0) return input(key) / 2
      throw new Error('odd')
    })
    const twice = () =>
      [1, 2].map(() => {
        try {
          return half('a')
        } catch {
          return 'failed'
        }
      })
    expect(round({ a: 4 }, twice).result).toEqual([2, 2])
    expect(round({ a: 5 }, twice).result).toEqual(['failed', 'failed'])
    expect(round({ a: 6 }, twice).result).toEqual([3, 3])
  })

  it('stops at a value that is recomputed as equal', () => {
    const { memo, input, log, round } = bench({ a: 1 })
    const sign = memo.query((key: string) => Math.sign(input(key)))
    const told = memo.query((key: string) => {
      log.push(key)
      return `${key} is ${sign(key)}`
    })
    const work = () => told('a')
    round({}, work)
    expect(round({ a: 7 }, work)).toEqual({ result: 'a is 1', computed: [] })
    expect(round({ a: -7 }, work)).toEqual({ result: 'a is -1', computed: ['a'] })
  })

  it('checks reads in their order', () => {
    const { memo, input, round } = bench({ first: 1, number: 1 })
    // An input decides which of the two reads the other: reading in the wrong order would be a cycle.
    const left: (key: string) => number = memo.query(() => (input('first') === 1 ? right('') + 1 : input('number')))
    const right: (key: string) => number = memo.query(() => (input('first') === 1 ? input('number') : left('') + 1))
    // The number is read before the other, and so found to be changed before it.
    const both = () => [input('number'), left(''), right('')].slice(1)
    expect(round({}, both).result).toEqual([2, 1])
    expect(round({ first: 2, number: 10 }, both).result).toEqual([10, 11])
    expect(round({ first: 1, number: 20 }, both).result).toEqual([21, 20])
  })

  it('drops values without readers', () => {
    const { memo, input, log, round } = bench({ which: 1, a1: 1, a2: 2 })
    const named = memo.query((key: string) => {
      log.push(key)
      return input(key)
    })
    const chosen = memo.query(() => named(`a${input('which')}`))
    const work = () => chosen()
    expect(round({}, work).computed).toEqual(['a1'])
    expect(round({ which: 2 }, work).computed).toEqual(['a2'])
    expect(round({ a1: 9 }, work).computed).toEqual([])
    expect(round({ which: 1 }, work)).toEqual({ result: 9, computed: ['a1'] })
  })

  it('compares each argument by identity', () => {
    const { memo, log, round } = bench({})
    const objects = [{ name: 'x' }, { name: 'x' }] as const
    const pair = memo.query<string, [object, string]>((_, key) => {
      log.push(key)
      return key
    })
    const work = () => objects.map(object => ['a', 'b'].map(key => pair(object, key)))
    expect(round({}, work)).toEqual({
      result: [
        ['a', 'b'],
        ['a', 'b'],
      ],
      computed: ['a', 'b', 'a', 'b'],
    })
    expect(round({}, work).computed).toEqual([])
  })

  it('passes no more arguments than a query declares', () => {
    const { memo, log, round } = bench({})
    const shown = memo.query((key: string) => {
      log.push(key)
      return key
    })
    expect(round({}, () => ['a', 'a', 'b'].map(shown)).computed).toEqual(['a', 'b'])
    expect(() => memo.query<string, [string, string, string, string]>((a, b, c, d) => a + b + c + d)).toThrow(
      RangeError,
    )
  })

  it('returns one list for equal items, also if one list is the beginning of another', () => {
    const { memo, round } = bench({ wanted: 1 })
    const list = memo.lists<string>()
    const [a, b] = round({}, () => [list(['x', 'y']), list(['x', 'y', 'z'])]).result
    const { result } = round({}, () => [list(['x', 'y']), list(['x', 'y', 'z']), list(['x'])])
    expect(result[0]).toBe(a)
    expect(result[1]).toBe(b)
    expect(result[2]).toEqual(['x'])
    round({}, () => [])
    const again = round({}, () => [list(['x', 'y'])]).result
    expect(again).toEqual([['x', 'y']])
    expect(again[0]).not.toBe(a)
  })

  it('passes its previous value to a patched query', () => {
    const { memo, input, round } = bench({ a: 1 })
    const history = memo.patched<readonly number[]>((before, key) => [...(before ?? []), input(key)])
    expect(round({}, () => history('a')).result).toEqual([1])
    expect(round({ a: 2 }, () => history('a')).result).toEqual([1, 2])
  })
})
