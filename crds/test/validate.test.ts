/**
 * The verdicts on the documents of `testdata`: NAME.in.yaml contains documents, and NAME.out.yaml the verdict on each.
 * To add a case, add a document; `vitest -u` writes its verdict.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments, stringify } from 'yaml'
import { createValidator } from '../src/index.ts'

const folder = new URL('../testdata/', import.meta.url)
const cases = readdirSync(folder).filter(name => name.endsWith('.in.yaml'))
const documents = (name: string): readonly unknown[] =>
  parseAllDocuments(readFileSync(new URL(name, folder), 'utf8')).map(document => document.toJS())

describe('the verdict', () => {
  it.each(cases)('%s', async name => {
    const { validate } = createValidator()
    const verdicts = documents(name).map(document => {
      const verdict = validate(document)
      const stored = verdict.accepted && !isDeepStrictEqual(verdict.resource, document)
      return { accepted: verdict.accepted, findings: verdict.findings, ...(stored && { stored: verdict.resource }) }
    })
    const text = verdicts.map(verdict => stringify(verdict, { lineWidth: 120 })).join('---\n')
    await expect(text).toMatchFileSnapshot(`../testdata/${name.replace('.in.', '.out.')}`)
  })
})
