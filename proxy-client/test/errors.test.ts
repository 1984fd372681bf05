import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { PROXY_ERROR_CODES } from '../src/errors.ts'

it('has every code in the reference, with its meaning', async () => {
  const page = await readFile(new URL('../../docs/reference/proxy-errors.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `(\S+)` \| (.+?) \| .+ \|$/gm)].map(([, code, meaning]) => [code, meaning])
  expect(Object.fromEntries(rows)).toEqual(PROXY_ERROR_CODES)
})
