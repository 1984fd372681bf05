/** Wholes of pieces: patched, they are what they would be if they were made anew. */

import { EMPTY_CONFIG } from '@l7mesh/proxy-client'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Filled, type Merged, merge } from '../../../src/translate/fleet/merge.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e']

/** A piece with these rulelists, and with a part of each that belongs to the resource of its name. */
function piece(names: readonly string[]): Filled {
  return {
    config: { ...EMPTY_CONFIG, rulelists: new Map(names.map(name => [name, { name, rules: [] }])) },
    parts: new Map(names.map(name => [`Rule/default/${name}` as const, [{ kind: 'rulelist' as const, name }]])),
  }
}

const held = ({ config, parts }: Filled) => [[...config.rulelists.keys()].sort(), [...parts.keys()].sort()]

describe('a whole', () => {
  it('keeps what one of its pieces still has', () => {
    const [one, other] = [piece(['a', 'shared']), piece(['b', 'shared'])]
    const before = merge([one, other], undefined)
    expect(held(merge([piece(['a']), other], before))).toEqual(held(merge([piece(['a']), other], undefined)))
    expect(merge([piece(['a']), other], before).config.rulelists.has('shared')).toBe(true)
    expect(merge([piece(['a']), piece(['b'])], before).config.rulelists.has('shared')).toBe(false)
  })

  it('keeps its identity where its pieces say the same as before', () => {
    const before = merge([piece(['a']), piece(['b'])], undefined)
    const after = merge([piece(['a']), piece(['b'])], before)
    expect(after.config).toBe(before.config)
    expect(after.parts).toBe(before.parts)
  })

  it('is what it would be if it were made anew, whatever its pieces have become', () => {
    const pieces = fc.array(fc.subarray(NAMES), { minLength: 3, maxLength: 3 })
    fc.assert(
      fc.property(fc.array(pieces, { minLength: 1, maxLength: 6 }), states => {
        let whole: Merged | undefined
        for (const state of states) {
          whole = merge(state.map(piece), whole)
          expect(held(whole)).toEqual(held(merge(state.map(piece), undefined)))
        }
      }),
    )
  })
})
