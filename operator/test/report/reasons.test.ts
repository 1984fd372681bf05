import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { REASONS } from '../../src/report/reasons.ts'
import { PROBLEM_REASONS } from '../../src/translate/desired.ts'

describe('the reasons of conditions', () => {
  it('each have a section in the troubleshooting guide, which has no others', async () => {
    const guide = await readFile(new URL('../../../docs/troubleshooting.md', import.meta.url), 'utf8')
    const sections = [...guide.matchAll(/^### (\w+)$/gm)].map(match => match[1])
    expect(sections.toSorted()).toEqual(Object.keys(REASONS).toSorted())
  })

  it('include those of all problems', () => {
    for (const reason of Object.values(PROBLEM_REASONS).flat()) expect(Object.keys(REASONS)).toContain(reason)
  })
})
