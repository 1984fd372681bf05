/**
 * Every example with its check, on real proxies and with real packets. Each runs in a private network namespace, so
 * that it can use the ports of its manifests, and with a private /tmp.
 */
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { WRONG_ROUTES } from '../../examples/wrong-routes.ts'
import { runInside } from '../support/inside.ts'

const SCRIPT = fileURLToPath(new URL('run-check.ts', import.meta.url))
const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url))
const names = (await readdir(EXAMPLES, { withFileTypes: true }))
  .filter(entry => entry.isDirectory() && entry.name !== 'node_modules')
  .map(({ name }) => name)

describe.concurrent('the examples', () => {
  it.each(names)(
    '%s does what its check says',
    async name => {
      expect(await runInside(SCRIPT, [name])).toEqual({ code: 0, output: '' })
    },
    180_000,
  )

  it.each(WRONG_ROUTES.map((route, index) => ({ ...route, index })))(
    'the check of $example fails with "$wrong" for "$right"',
    async ({ example, index }) => {
      expect(await runInside(SCRIPT, [example, `${index}`])).toEqual({ code: 0, output: '' })
    },
    120_000,
  )
})
