/** The published file: alone in a folder, without packages next to it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { startFakeProxy } from '@l7mesh/proxy-client/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../../scripts/build.ts'
import { echo, folderWith, proxyPod } from './support/folder.ts'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'l7mesh-bundle-'))
  await bundle(join(folder, 'l7mesh.mjs'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function run(...argv: readonly string[]) {
  const child = spawn(process.execPath, [join(folder, 'l7mesh.mjs'), ...argv], { cwd: folder, env: {} })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code, out, err }
}

describe('the bundle', () => {
  it('knows its version', async () => {
    expect(await run('version')).toMatchObject({ code: 0, out: expect.stringMatching(/^l7mesh 0\.1\.0 /), err: '' })
  })

  it('validates', async () => {
    const mesh = await folderWith({ 'echo.yaml': echo(90_000) })
    const { code, out } = await run('validate', mesh)
    expect({ code, out }).toMatchObject({ code: 1, out: expect.stringContaining('error L7M0103: ') })
  })

  it('reads a proxy', async () => {
    const proxy = await startFakeProxy()
    try {
      const mesh = await folderWith({ 'pod.yaml': proxyPod(proxy.port), 'echo.yaml': echo(9000) })
      const { code, out, err } = await run('diff', mesh)
      expect({ code, err }).toEqual({ code: 1, err: '' })
      expect(out).toContain('+ listener mesh/virtualservices/echo@')
    } finally {
      await proxy.stop()
    }
  })

  it('explains where to get the proxy that `up` needs', async () => {
    const mesh = await folderWith({ 'echo.yaml': echo(9000) })
    expect(await run('up', mesh)).toEqual({
      code: 2,
      out: '',
      err:
        'l7mesh: the l7mp proxy is not installed\n' +
        '        Install it (npm install @l7mp/l7mp@0.5.7) in the current folder, or name its folder with --l7mp PATH.\n',
    })
    expect((await run('up', mesh, '--l7mp', mesh)).err).toContain(`${mesh} is not the folder of the package @l7mp/l7mp`)
  })
})
