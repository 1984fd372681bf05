/**
 * The commands under "Try it" of each example's README, as they stand there, while the example runs: each ends with 0, and
 * prints what the page shows. In a network namespace of its own, like the checks.
 */
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runInside } from '../support/inside.ts'

const SCRIPT = fileURLToPath(new URL('run-readme.ts', import.meta.url))
const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url))
const names = (await readdir(EXAMPLES, { withFileTypes: true }))
  .filter(entry => entry.isDirectory() && entry.name !== 'node_modules')
  .map(({ name }) => name)

describe.concurrent('the README', () => {
  it.each(names)('of %s shows commands that work', async name => {
    expect(await runInside(SCRIPT, [name])).toEqual({ code: 0, output: '' })
  })
})
