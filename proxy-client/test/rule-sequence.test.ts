import { array, assert, constantFrom, property, uniqueArray } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type RuleSequenceEdit, ruleSequenceEdits } from '../src/plan/rule-sequence.ts'

describe('ruleSequenceEdits', () => {
  const cases: readonly (readonly [string, string, string, readonly string[]])[] = [
    ['nothing to do', 'abc', 'abc', []],
    ['a new rule goes where it belongs', 'ac', 'abc', ['+1b']],
    ['a changed rule: the new one is inserted before the old one is removed', 'abc', 'axc', ['+1x', '-2b']],
    ['a moved rule is there twice for a moment, never not at all', 'abc', 'cab', ['+0c', '-3c']],
    ['removals run from the end', 'abcd', 'bd', ['-2c', '-0a']],
    ['a rule that others listed twice is kept once', 'aab', 'ab', ['-0a']],
    ['all others at once', 'ab', 'xy', ['+0x', '+1y', '-3b', '-2a']],
  ]
  it.each(cases)('%s', (_name, from, to, expected) => {
    expect(ruleSequenceEdits([...from], [...to]).map(show)).toEqual(expected)
  })

  const names = constantFrom(...'abcdefgh')

  it('leads from any sequence to any other', () =>
    assert(
      property(array(names, { maxLength: 12 }), uniqueArray(names), (from, to) => {
        expect(run(from, ruleSequenceEdits(from, to)).at(-1)).toEqual(to)
      }),
    ))

  it('never removes a rule that both sequences have', () =>
    assert(
      property(uniqueArray(names), uniqueArray(names), (from, to) => {
        const both = from.filter(name => to.includes(name))
        for (const list of run(from, ruleSequenceEdits(from, to))) for (const name of both) expect(list).toContain(name)
      }),
    ))

  it('needs one call per new or removed rule, and two per moved rule', () =>
    assert(
      property(uniqueArray(names), uniqueArray(names), (from, to) => {
        const edits = ruleSequenceEdits(from, to)
        const changed = edits.map(({ name }) => name)
        const moved = from.filter(name => to.includes(name) && changed.includes(name))
        const turnover = from.filter(name => !to.includes(name)).length + to.filter(name => !from.includes(name)).length
        expect(edits).toHaveLength(turnover + 2 * moved.length)
      }),
    ))

  it('handles long lists', () => {
    const from = Array.from({ length: 20_000 }, (_, i) => `rule${i}`)
    const to = [...from.slice(10_000), ...from.slice(0, 9_999)]
    expect(ruleSequenceEdits(from, to)).toHaveLength(9_999 * 2 + 1)
  })
})

function show({ op, position, name }: RuleSequenceEdit): string {
  return `${op === 'insert' ? '+' : '-'}${position}${name}`
}

/** All intermediate lists. */
function run(from: readonly string[], edits: readonly RuleSequenceEdit[]): readonly (readonly string[])[] {
  const list = [...from]
  return [
    [...list],
    ...edits.map(({ op, position, name }) => {
      if (op === 'insert') list.splice(position, 0, name)
      else expect(list.splice(position, 1)).toEqual([name])
      return [...list]
    }),
  ]
}
