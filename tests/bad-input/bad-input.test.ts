/** Invalid input never crashes a process, never loses objects, and never affects other resources. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runInside } from '../support/inside.ts'

const FUZZ = fileURLToPath(new URL('run-fuzz.ts', import.meta.url))
const TRAFFIC = fileURLToPath(new URL('run-traffic.ts', import.meta.url))

describe('a valid resource among invalid ones', () => {
  it.each([1, 2])(
    'stays programmed on a real proxy, regardless of the others (seed %i)',
    async seed => {
      expect(await runInside(FUZZ, [`${seed}`])).toEqual({ code: 0, output: '' })
    },
    120_000,
  )

  it.each([1, 2])(
    'stays programmed on a real proxy, whatever rules match the sessions of the others (seed %i)',
    async seed => {
      expect(await runInside(TRAFFIC, [`${seed}`])).toEqual({ code: 0, output: '' })
    },
    120_000,
  )
})
