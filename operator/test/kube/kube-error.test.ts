import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { KUBE_ERROR_CODES } from '../../src/kube/kube-error.ts'

test('documents exactly the existing codes', async () => {
  const page = await readFile(new URL('../../../docs/reference/api-server.md', import.meta.url), 'utf8')
  const [, table = ''] = page.split('## Failures of a call')
  const codes = [...table.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([a-z-]+)`/g)].map(([, code]) => code),
  )
  expect(codes.sort()).toEqual(Object.keys(KUBE_ERROR_CODES).sort())
})
