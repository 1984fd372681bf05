import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { outputs } from '../../scripts/generate-docs.ts'
import { CODES, FINDING_CODES, PROBLEM_CODES } from '../../src/cli/validate/codes.ts'

describe('docs/reference', () => {
  it.each([...outputs()])('%s is up to date (npm run generate)', async (name, text) => {
    expect(await readFile(new URL(`../../../docs/reference/${name}`, import.meta.url), 'utf8')).toBe(text)
  })
})

describe('codes', () => {
  it('are each used for one kind of finding', () => {
    const used = [...Object.values(FINDING_CODES), ...Object.values(PROBLEM_CODES)]
    expect(new Set(used).size).toBe(used.length)
  })

  it('are four digits, in order', () => {
    const codes = Object.keys(CODES)
    expect(codes).toEqual([...codes].sort())
    for (const code of codes) expect(code).toMatch(/^L7M\d{4}$/)
  })

  it('are permanent: this list only grows', () => {
    expect(FINDING_CODES).toMatchInlineSnapshot(`
      {
        "DroppedField": "L7M0108",
        "Empty": "L7M0111",
        "Name": "L7M0107",
        "NotAResource": "L7M0109",
        "NotOneOf": "L7M0104",
        "OutOfRange": "L7M0103",
        "Required": "L7M0101",
        "Rule": "L7M0106",
        "TooMany": "L7M0105",
        "UnknownField": "L7M0110",
        "WrongType": "L7M0102",
      }
    `)
    expect(PROBLEM_CODES).toMatchInlineSnapshot(`
      {
        "ApplyCycle": "L7M0207",
        "Forbidden": "L7M0205",
        "Invalid": "L7M0201",
        "InvalidMatch": "L7M0202",
        "InvalidRef": "L7M0303",
        "InvalidSelector": "L7M0203",
        "PortConflict": "L7M0204",
        "RefAmbiguous": "L7M0302",
        "RefNotFound": "L7M0301",
        "RouteCycle": "L7M0209",
        "Unsupported": "L7M0206",
      }
    `)
  })
})
