/** `run --source kubernetes`, against an API server of the tests and a proxy that is not a real one. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startFakeProxy } from '@l7mesh/proxy-client/testing'
import { expect, it, onTestFinished } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { runCli } from '../../../src/cli/program.ts'
import type { FakeApiServer } from '../../../src/kube/testing/api-server.ts'
import { startServer } from '../../kube/support/reflecting.ts'
import { POD, TARGET, VIRTUAL_SERVICE } from '../../support/kinds.ts'
import { echo, proxyPod } from '../support/folder.ts'
import { testWorld } from '../support/process-io.ts'

async function kubeconfigOf(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kube-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'config'), text)
  return join(folder, 'config')
}

async function running(server: FakeApiServer, ...options: readonly string[]) {
  const world = testWorld()
  const kubeconfig = await kubeconfigOf(server.kubeconfig())
  const flags = ['--source', 'kubernetes', '--kubeconfig', kubeconfig, '--log', 'json', '--health-address', 'off']
  const ended = runCli(['run', ...flags, '--leader-elect=false', ...options], world)
  const logs = (message: string) => expect.poll(world.out, { timeout: 10_000 }).toContain(message)
  return { world, ended, logs }
}

it('follows the cluster, logs what happens, and leaves the proxy as it is', async () => {
  const proxy = await startFakeProxy()
  onTestFinished(() => proxy.stop())
  const server = await startServer()
  server.store.put(POD, parse(proxyPod(proxy.port)))
  for (const document of parseAllDocuments(echo(9000))) server.store.put(VIRTUAL_SERVICE, document.toJS())
  const { world, ended, logs } = await running(server)
  await logs('everything has been read: 1 resource, 1 pod')
  await logs('holds its 5 objects')
  server.store.put(VIRTUAL_SERVICE, parse(echo(9001, 'second')))
  await logs('VirtualService mesh/second Programmed: 1 of 1 proxies hold it')
  server.removeKind(TARGET)
  await logs('targets.l7mp.io: the API server does not have this kind any more')
  const before = proxy.proxy.received.length

  world.send('SIGTERM')
  expect(await ended).toBe(0)
  expect(server.watches).toBe(0)
  const [first] = world.out().split('\n')
  expect(JSON.parse(first ?? '')).toMatchObject({ level: 'info', server: server.url })
  expect(proxy.proxy.received.slice(before).filter(({ method }) => method !== 'GET')).toEqual([])
})

it('with --once ends when every proxy has been tried, and not before everything has been read', async () => {
  const proxy = await startFakeProxy()
  onTestFinished(() => proxy.stop())
  const server = await startServer()
  server.store.put(POD, parse(proxyPod(proxy.port)))
  server.store.put(VIRTUAL_SERVICE, parse(echo(9000)))
  server.fault = ({ path }) => (path.endsWith('/targets') ? { type: 'delay', milliseconds: 500 } : undefined)
  const { world, ended } = await running(server, '--once')
  expect(await ended).toBe(0)
  expect(world.out()).toContain('holds its 5 objects')
})

it('tells what is wrong before everything has been read, and does nothing', async () => {
  const proxy = await startFakeProxy()
  onTestFinished(() => proxy.stop())
  const server = await startServer()
  server.store.put(POD, parse(proxyPod(proxy.port)))
  server.fault = ({ path }) =>
    path.endsWith('/targets') ? { type: 'status', status: 403, message: 'targets.l7mp.io is forbidden' } : undefined
  const { world, ended, logs } = await running(server)
  await logs('may not be read: GET /apis/l7mp.io/v1/targets: targets.l7mp.io is forbidden')
  expect(proxy.proxy.received).toEqual([])
  server.fault = () => undefined
  await logs('everything has been read')
  world.send('SIGTERM')
  expect(await ended).toBe(0)
})

it.each([
  ['there is no kubeconfig', undefined, 'Give one with --kubeconfig'],
  ['has no context gone', '{"contexts":[{"name":"dev","context":{"cluster":"c","user":"u"}}]}', '--context: dev'],
  ['cannot read the kubeconfig', '{', 'Give another one'],
])('says in one line that %s, and ends with 2', async (message, text, help) => {
  const world = testWorld()
  const flags = text === undefined ? [] : ['--kubeconfig', await kubeconfigOf(text), '--context', 'gone']
  expect(await runCli(['run', '--source', 'kubernetes', ...flags], world)).toBe(2)
  expect(world.err()).toContain(message)
  expect(world.err()).toContain(help)
  expect(world.err().trim().split('\n')).toHaveLength(2)
})
