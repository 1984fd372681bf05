/** A patched merge equals a new one. */

import { EMPTY_CONFIG } from '@l7mesh/proxy-client'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Brought, type Merged, merge } from '../../../src/translate/fleet/merge.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e']

/** A fragment with these rulelists, and with a part of each that belongs to the resource of its name. */
function fragment(names: readonly string[]): Brought {
  return {
    config: { ...EMPTY_CONFIG, rulelists: new Map(names.map(name => [name, { name, rules: [] }])) },
    parts: new Map(names.map(name => [`Rule/default/${name}` as const, [{ kind: 'rulelist' as const, name }]])),
  }
}

const held = ({ config, parts }: Brought) => [[...config.rulelists.keys()].sort(), [...parts.keys()].sort()]

describe('a merged config', () => {
  it('keeps an object that one of its fragments still has', () => {
    const [one, other] = [fragment(['a', 'shared']), fragment(['b', 'shared'])]
    const before = merge([one, other], undefined)
    expect(held(merge([fragment(['a']), other], before))).toEqual(held(merge([fragment(['a']), other], undefined)))
    expect(merge([fragment(['a']), other], before).config.rulelists.has('shared')).toBe(true)
    expect(merge([fragment(['a']), fragment(['b'])], before).config.rulelists.has('shared')).toBe(false)
  })

  it('keeps its identity if its fragments are equal to the previous ones', () => {
    const before = merge([fragment(['a']), fragment(['b'])], undefined)
    const after = merge([fragment(['a']), fragment(['b'])], before)
    expect(after.config).toBe(before.config)
    expect(after.parts).toBe(before.parts)
  })

  it('equals a new merge after any change of its fragments', () => {
    const fragments = fc.array(fc.subarray(NAMES), { minLength: 3, maxLength: 3 })
    fc.assert(
      fc.property(fc.array(fragments, { minLength: 1, maxLength: 6 }), states => {
        let whole: Merged | undefined
        for (const state of states) {
          whole = merge(state.map(fragment), whole)
          expect(held(whole)).toEqual(held(merge(state.map(fragment), undefined)))
        }
      }),
    )
  })
})
