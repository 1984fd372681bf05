/** `run` until it is told to end. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startFakeProxy } from '@l7mesh/proxy-client/testing'
import { expect, it, onTestFinished } from 'vitest'
import { runCli } from '../../../src/cli/program.ts'
import { echo, folderWith, proxyPod } from '../support/folder.ts'
import { testWorld } from '../support/process-io.ts'

it('follows the folder, logs what happens, and leaves the proxy as it is', async () => {
  const proxy = await startFakeProxy()
  onTestFinished(() => proxy.stop())
  const folder = await folderWith({ 'pod.yaml': proxyPod(proxy.port), 'echo.yaml': echo(9000) })
  const world = testWorld()
  const ended = runCli(['run', '--source', folder, '--log', 'json'], world)
  const logs = (message: string) => expect.poll(world.out, { timeout: 10_000 }).toContain(message)
  await logs('holds its 5 objects')
  await writeFile(join(folder, 'echo.yaml'), `${echo(9000)}---\n${echo(9001, 'second')}`)
  await logs('echo.yaml saved → on 1 proxy in ')
  await logs('VirtualService mesh/second Programmed: 1 of 1 proxies hold it')
  const before = proxy.proxy.received.length

  world.send('SIGTERM')
  expect(await ended).toBe(0)
  const lines = world
    .out()
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(lines[0]).toMatchObject({ level: 'info', msg: `running ${folder}`, folder })
  expect(lines.at(-1)).toMatchObject({ msg: 'ending; the proxies keep what they hold' })
  expect(lines.find(({ msg }) => msg.startsWith('echo.yaml saved'))).toMatchObject({ proxies: 1 })
  expect(proxy.proxy.received.slice(before).filter(({ method }) => method !== 'GET')).toEqual([])
})

it('ends at once at the second request', async () => {
  const folder = await folderWith({ 'echo.yaml': echo(9000) })
  const world = testWorld()
  const ended = runCli(['run', '--source', folder], world)
  await expect.poll(world.out).toContain('running')
  world.send('SIGINT')
  expect(() => world.send('SIGINT')).toThrow('quit with 130')
  expect(await ended).toBe(0)
})
