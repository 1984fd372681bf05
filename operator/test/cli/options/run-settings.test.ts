/** The effect of the settings of `run`. */
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { startFakeProxy } from '@l7mesh/proxy-client/testing'
import { expect, it, onTestFinished } from 'vitest'
import type { ProcessIO } from '../../../src/cli/process/process-io.ts'
import { runCli } from '../../../src/cli/program.ts'
import { echo, folderWith, proxyPod } from '../support/folder.ts'
import { l7mesh, testIO } from '../support/process-io.ts'

it('sends the proxies the token of the file', async () => {
  const proxy = await startFakeProxy()
  onTestFinished(() => proxy.stop())
  const folder = await folderWith({ 'pod.yaml': proxyPod(proxy.port), 'echo.yaml': echo(9000) })
  const tokenFile = join(await folderWith({}), 'token')
  await writeFile(tokenFile, 'secret-1\n')
  const tokens: (string | undefined)[] = []
  const io = testIO({ variables: { L7MESH_TOKEN: 'of-the-environment' } })
  const connect: ProcessIO['connect'] = (to, options) => {
    tokens.push(options?.credentials?.(to))
    return io.connect(to, options)
  }
  const code = await runCli(['run', '--source', folder, '--token-file', tokenFile, '--once'], { ...io, connect })
  expect(code).toBe(0)
  expect(tokens).toEqual(['secret-1'])
  expect(io.out()).not.toContain('secret-1')
})

it.each([
  ['', 'holds no token'],
  ['two words', 'holds no token'],
])('rejects a token file with the content %j', async (text, message) => {
  const folder = await folderWith({ token: text })
  const { code, err } = await l7mesh(['run', '--source', folder, '--token-file', join(folder, 'token')])
  expect(code).toBe(2)
  expect(err).toContain(message)
  expect(err).not.toContain('two words')
})

it('reports that the token file cannot be read', async () => {
  const { code, err } = await l7mesh(['run', '--source', '.', '--token-file', '/nowhere/token'])
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('cannot read /nowhere/token') })
})

it('reports that the health port is in use', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise(resolve => server.once('listening', resolve))
  const folder = await folderWith({ 'echo.yaml': echo(9000) })
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const { code, err } = await l7mesh(['run', '--source', folder, '--health-address', address])
  expect(code).toBe(2)
  expect(err).toMatch(/l7mesh: cannot serve health: .*EADDRINUSE.*\n +Give another --health-address, or off\./)
})

it('serves health probes on the configured address', async () => {
  const folder = await folderWith({ 'echo.yaml': echo(9000) })
  const io = testIO()
  const port = await freePort()
  const ended = runCli(['run', '--source', folder, '--health-address', `127.0.0.1:${port}`], io)
  const ready = async () => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.status
  await expect.poll(ready, { timeout: 10_000 }).toBe(200)
  io.send('SIGTERM')
  expect(await ended).toBe(0)
  expect(await ready()).toBeUndefined()
})

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
