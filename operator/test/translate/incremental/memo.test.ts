/** Reuse by hand: what is computed again after a change, and what is not. */
import { describe, expect, it } from 'vitest'
import { createMemo } from '../../../src/translate/incremental/memo.ts'

/** Numbers and flags outside of the memo, a log of what is computed, and a memo over them. */
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
    /** What is computed in the round after a change, and what comes out. */
    round<T>(change: Record<string, number>, work: () => T) {
      current = { ...current, ...change }
      log.length = 0
      return { result: memo.round(work), computed: [...log] }
    },
  }
}

describe('a memo', () => {
  it('computes again only what was made of something that changed', () => {
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

  it('fails again for the next who asks, where it failed', () => {
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

  it('goes no further where a value comes out the same', () => {
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

  it('looks at what was read in the order in which it was read', () => {
    const { memo, input, round } = bench({ first: 1, number: 1 })
    // Which of the two asks the other is said by an input, so that asking in the wrong order goes in a circle.
    const left: (key: string) => number = memo.query(() => (input('first') === 1 ? right('') + 1 : input('number')))
    const right: (key: string) => number = memo.query(() => (input('first') === 1 ? input('number') : left('') + 1))
    // The number is known before the other, and so found to be changed before it.
    const both = () => [input('number'), left(''), right('')].slice(1)
    expect(round({}, both).result).toEqual([2, 1])
    expect(round({ first: 2, number: 10 }, both).result).toEqual([10, 11])
    expect(round({ first: 1, number: 20 }, both).result).toEqual([21, 20])
  })

  it('forgets what nobody asks for any more', () => {
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

  it('tells arguments apart by identity, one by one', () => {
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

  it('takes no more arguments than a query declares', () => {
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

  it('has one list for all with the same items, also where one begins with another', () => {
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

  it('gives a patched query its value of before', () => {
    const { memo, input, round } = bench({ a: 1 })
    const history = memo.patched<readonly number[]>((before, key) => [...(before ?? []), input(key)])
    expect(round({}, () => history('a')).result).toEqual([1])
    expect(round({ a: 2 }, () => history('a')).result).toEqual([1, 2])
  })
})
