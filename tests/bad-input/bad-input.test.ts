/** Bad input never crashes, never loses anything, never stops the rest, and never ends a proxy. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runInside } from '../support/inside.ts'

const SCRIPT = fileURLToPath(new URL('run-fuzz.ts', import.meta.url))

describe('a good resource among bad ones', () => {
  it.each([1, 2])(
    'stays in force on a real proxy, whatever the others are (seed %i)',
    async seed => {
      expect(await runInside(SCRIPT, [`${seed}`])).toEqual({ code: 0, output: '' })
    },
    120_000,
  )
})
