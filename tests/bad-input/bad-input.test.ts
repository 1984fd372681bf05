/** Bad input never crashes, never loses anything, never stops the rest, and never ends a proxy. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runInside } from '../support/inside.ts'

const FUZZ = fileURLToPath(new URL('run-fuzz.ts', import.meta.url))
const TRAFFIC = fileURLToPath(new URL('run-traffic.ts', import.meta.url))

describe('a good resource among bad ones', () => {
  it.each([1, 2])(
    'stays in force on a real proxy, whatever the others are (seed %i)',
    async seed => {
      expect(await runInside(FUZZ, [`${seed}`])).toEqual({ code: 0, output: '' })
    },
    120_000,
  )

  it.each([1, 2])(
    'stays in force on a real proxy, whatever rules the sessions of the others meet (seed %i)',
    async seed => {
      expect(await runInside(TRAFFIC, [`${seed}`])).toEqual({ code: 0, output: '' })
    },
    120_000,
  )
})
