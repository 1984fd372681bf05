/** Each case has the outcome of its `expected.yaml`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { caseNames, expectedFile, findingsOf, outcomeOf, readFolder, textOf } from './case.ts'

describe('a folder of realistic manifests', () => {
  it.each(caseNames())('%s', async name => {
    const source = await readFolder(name)
    const snapshot = source.snapshot()
    if (snapshot === undefined) throw new Error('the folder has not been read')
    const out = textOf({ findings: findingsOf(name), ...outcomeOf(snapshot, source.rejected()) })
    const file = expectedFile(name)
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, out)
    expect(out).toBe(readFileSync(file, 'utf8'))
  })
})
