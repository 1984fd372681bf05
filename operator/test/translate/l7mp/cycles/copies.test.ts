/** The sources of the rules of VirtualServices with a `rulesRef`. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { followCopies, type Step } from '../../../../src/translate/l7mp/cycles/copies.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f']
const NOTHING: Step = { copied: undefined, hasInserted: false }
const steps: fc.Arbitrary<ReadonlyMap<string, Step>> = fc
  .array(
    fc.record({
      copied: fc.option(fc.constantFrom(...NAMES), { nil: undefined, freq: 3 }),
      hasInserted: fc.integer({ min: 0, max: 3 }).map(n => n === 0),
    }),
    { minLength: NAMES.length, maxLength: NAMES.length },
  )
  .map(all => new Map(NAMES.map((name, i) => [name, all[i] ?? NOTHING])))

/** Follows one step after the other from each. */
function bySteps(list: string, of: (list: string) => Step) {
  const isCircular = (start: string) => {
    const seen = new Set<string>()
    for (let one = of(start).copied; one !== undefined && !seen.has(one); one = of(one).copied) seen.add(one)
    return seen.has(start)
  }
  let source = of(list).copied ?? list
  const passesOn = (one: string) => of(one).copied !== undefined && !of(one).hasInserted && !isCircular(one)
  while (passesOn(source)) source = of(source).copied ?? source
  return { isCircular: isCircular(list), source }
}

it('equals a step-by-step search, in any order of queries', () => {
  fc.assert(
    fc.property(steps, fc.shuffledSubarray(NAMES, { minLength: NAMES.length }), (all, order) => {
      const of = (list: string) => all.get(list) ?? NOTHING
      const copies = followCopies(order, of)
      for (const list of NAMES) {
        if (of(list).copied === undefined) expect(copies.has(list)).toBe(false)
        else expect([list, copies.get(list)]).toEqual([list, bySteps(list, of)])
      }
    }),
    { numRuns: 1000 },
  )
})

it('follows a long chain to its end', () => {
  const LENGTH = 100_000
  const of = (list: string): Step =>
    Number(list) < LENGTH ? { copied: `${Number(list) + 1}`, hasInserted: false } : NOTHING
  expect(followCopies(['0', '7'], of).get('7')).toEqual({ isCircular: false, source: `${LENGTH}` })
})
