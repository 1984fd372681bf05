/**
 * Pairs of files in `testdata`: NAME.in.yaml holds resources, NAME.out.yaml what each proxy should hold and what is said
 * of each resource. A new case is a new NAME.in.yaml; `UPDATE_GOLDEN=1` writes the other, to be read before it is kept.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { readCase, translated } from './support.ts'

const folder = new URL('testdata/', import.meta.url)
const cases = readdirSync(folder)
  .filter(name => name.endsWith('.in.yaml'))
  .map(name => name.slice(0, -'.in.yaml'.length))

describe('translation', () => {
  it.each(cases)('%s', name => {
    const { snapshot, options } = readCase(readFileSync(new URL(`${name}.in.yaml`, folder), 'utf8'))
    const out = stringify(translated(snapshot, options), { lineWidth: 140, aliasDuplicateObjects: false })
    const file = new URL(`${name}.out.yaml`, folder)
    if (process.env.UPDATE_GOLDEN === '1' || !existsSync(file)) writeFileSync(file, out)
    expect(out).toBe(readFileSync(file, 'utf8'))
  })
})
