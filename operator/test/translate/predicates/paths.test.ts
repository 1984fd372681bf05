import { createRequire } from 'node:module'
import type { Json } from '@l7mesh/proxy-client'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildRewrites } from '../../../src/translate/l7mp/build/rewrites.ts'
import type { Scope } from '../../../src/translate/l7mp/build/scope.ts'
import { parsePath, settingProblem } from '../../../src/translate/predicates/paths.ts'
import { ProblemCollector } from '../../../src/translate/problems.ts'

/** How the proxy itself reads and sets the value at a path. */
const { Rule } = createRequire(import.meta.url)('@l7mp/l7mp/rule.js') as {
  Rule: {
    getAtPath(data: Json, path: string): Json | undefined
    setAtPath(data: Json, path: string, value: Json): Json
  }
}

const written = fc
  .array(fc.constantFrom('a', 'b', '0', '2nd', '/', '/', '//', '~1'), { maxLength: 7 })
  .map(parts => parts.join(''))
const data = fc.letrec<{ value: Json; object: Json }>(tie => ({
  object: fc.dictionary(fc.constantFrom('a', 'b', '0'), tie('value'), { maxKeys: 3 }),
  value: fc.oneof({ maxDepth: 3 }, fc.constantFrom<Json>('text', 7), tie('object')),
})).object

describe('paths', () => {
  it('mean the same to the proxy as the text', () => {
    fc.assert(
      fc.property(written, data, (text, session) => {
        const parsed = parsePath(text)
        if (parsed.problem !== undefined) return
        expect(parsed.path).toBe(`/${parsed.parts.join('/')}`)
        expect(Rule.getAtPath(session, parsed.path)).toEqual(Rule.getAtPath(session, text))
        if (settingProblem(parsed.parts) !== undefined) return
        expect(setAt(session, parsed.path)).toEqual(setAt(session, text))
      }),
      { numRuns: 1000 },
    )
  })
})

/** The proxy throws if a part of the path is a scalar. */
function setAt(session: Json, path: string): Json | 'throws' {
  try {
    return Rule.setAtPath(structuredClone(session), path, 'new')
  } catch {
    return 'throws'
  }
}

describe('valueStr', () => {
  const rewritten = (valueStr: string) => {
    const problems = new ProblemCollector()
    const built = buildRewrites([{ path: '/x', valueStr }], { problems } as Scope)
    return { value: built?.[0]?.value, ...problems.verdict() }
  }

  it('is a JSON object or list, else the text itself', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json({ maxDepth: 3 })), text => {
        const { value, problems } = rewritten(text)
        expect(problems).toEqual([])
        expect(value).toEqual(objectOrText(text))
      }),
    )
  })

  it.each(['12345', '-1.5', 'true', 'null', '"x"', '{broken', '[1,', ' {a: 1}'])(
    '%s is used as a string, with a note',
    text => {
      expect(rewritten(text)).toMatchObject({
        value: text,
        problems: [],
        notes: [expect.stringMatching(/valueStr: .*used as a string/)],
      })
    },
  )

  it.each(['call7', 'two words', '007', '0x1f', '10.0.0.1', 'TRUE', '<sip:a@b>', ''])(
    '%j is a string, without a note',
    text => {
      expect(rewritten(text)).toEqual({ value: text, problems: [], notes: [] })
    },
  )

  it.each([600, 1_000_000])('that is nested %i levels deep is a problem', depth => {
    expect(rewritten('['.repeat(depth) + ']'.repeat(depth)).problems).toMatchObject([{ reason: 'Invalid' }])
  })
})

function objectOrText(text: string): unknown {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null ? json : text
  } catch {
    return text
  }
}
