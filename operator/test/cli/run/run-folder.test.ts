/** `run` until it is stopped. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startFakeProxy } from '@l7mesh/proxy-client/testing'
import { expect, it, onTestFinished } from 'vitest'
import { runCli } from '../../../src/cli/program.ts'
import { echo, folderWith, proxyPod } from '../support/folder.ts'
import { testIO } from '../support/process-io.ts'

it('follows the folder, logs changes, and does not clean the proxy on exit', async () => {
  const proxy = await startFakeProxy()
  onTestFinished(() => proxy.stop())
  const folder = await folderWith({ 'pod.yaml': proxyPod(proxy.port), 'echo.yaml': echo(9000) })
  const io = testIO()
  const ended = runCli(['run', '--source', folder, '--log', 'json'], io)
  const logs = (message: string) => expect.poll(io.out, { timeout: 10_000 }).toContain(message)
  await logs('converged: 5 objects')
  await writeFile(join(folder, 'echo.yaml'), `${echo(9000)}---\n${echo(9001, 'second')}`)
  await logs('echo.yaml saved → on 1 proxy in ')
  await logs('VirtualService mesh/second Programmed: programmed on 1 of 1 proxies')
  const before = proxy.proxy.received.length

  io.send('SIGTERM')
  expect(await ended).toBe(0)
  const lines = io
    .out()
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(lines[0]).toMatchObject({ level: 'info', msg: `running ${folder}`, folder })
  expect(lines.at(-1)).toMatchObject({ msg: 'stopping; the proxies keep their config' })
  expect(lines.find(({ msg }) => msg.startsWith('echo.yaml saved'))).toMatchObject({ proxies: 1 })
  expect(proxy.proxy.received.slice(before).filter(({ method }) => method !== 'GET')).toEqual([])
})

it('exits immediately at the second signal', async () => {
  const folder = await folderWith({ 'echo.yaml': echo(9000) })
  const io = testIO()
  const ended = runCli(['run', '--source', folder], io)
  await expect.poll(io.out).toContain('running')
  io.send('SIGINT')
  expect(() => io.send('SIGINT')).toThrow('quit with 130')
  expect(await ended).toBe(0)
})
