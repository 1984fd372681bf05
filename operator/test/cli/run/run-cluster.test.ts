/** `run --source kubernetes`, with a fake API server and a fake proxy. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startFakeProxy } from '@l7mesh/proxy-client/testing'
import { expect, it, onTestFinished } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { runCli } from '../../../src/cli/program.ts'
import type { FakeApiServer } from '../../../src/kube/testing/api-server.ts'
import { startServer } from '../../kube/support/reflect.ts'
import { POD, TARGET, VIRTUAL_SERVICE } from '../../support/kinds.ts'
import { echo, proxyPod } from '../support/folder.ts'
import { testIO } from '../support/process-io.ts'

async function kubeconfigOf(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kube-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'config'), text)
  return join(folder, 'config')
}

async function running(server: FakeApiServer, ...options: readonly string[]) {
  const io = testIO()
  const kubeconfig = await kubeconfigOf(server.kubeconfig())
  const flags = ['--source', 'kubernetes', '--kubeconfig', kubeconfig, '--log', 'json', '--health-address', 'off']
  const ended = runCli(['run', ...flags, '--leader-elect=false', ...options], io)
  const logs = (message: string) => expect.poll(io.out, { timeout: 10_000 }).toContain(message)
  return { io, ended, logs }
}

it('follows the cluster, logs changes, and does not clean the proxy on exit', async () => {
  const proxy = await startFakeProxy()
  onTestFinished(() => proxy.stop())
  const server = await startServer()
  server.store.put(POD, parse(proxyPod(proxy.port)))
  for (const document of parseAllDocuments(echo(9000))) server.store.put(VIRTUAL_SERVICE, document.toJS())
  const { io, ended, logs } = await running(server)
  await logs('all resources read: 1 resource, 1 pod')
  await logs('converged: 5 objects')
  server.store.put(VIRTUAL_SERVICE, parse(echo(9001, 'second')))
  await logs('VirtualService mesh/second Programmed: programmed on 1 of 1 proxies')
  server.removeKind(TARGET)
  await logs('targets.l7mp.io: the API server no longer serves this kind')
  const before = proxy.proxy.received.length

  io.send('SIGTERM')
  expect(await ended).toBe(0)
  expect(server.watches).toBe(0)
  const [first] = io.out().split('\n')
  expect(JSON.parse(first ?? '')).toMatchObject({ level: 'info', server: server.url })
  expect(proxy.proxy.received.slice(before).filter(({ method }) => method !== 'GET')).toEqual([])
})

it('exits with --once after every proxy has been tried, and not before everything has been read', async () => {
  const proxy = await startFakeProxy()
  onTestFinished(() => proxy.stop())
  const server = await startServer()
  server.store.put(POD, parse(proxyPod(proxy.port)))
  server.store.put(VIRTUAL_SERVICE, parse(echo(9000)))
  server.fault = ({ path }) => (path.endsWith('/targets') ? { type: 'delay', milliseconds: 500 } : undefined)
  const { io, ended } = await running(server, '--once')
  expect(await ended).toBe(0)
  expect(io.out()).toContain('converged: 5 objects')
})

it('logs problems before everything has been read, and makes no calls', async () => {
  const proxy = await startFakeProxy()
  onTestFinished(() => proxy.stop())
  const server = await startServer()
  server.store.put(POD, parse(proxyPod(proxy.port)))
  server.fault = ({ path }) =>
    path.endsWith('/targets') ? { type: 'status', status: 403, message: 'targets.l7mp.io is forbidden' } : undefined
  const { io, ended, logs } = await running(server)
  await logs('permission denied: GET /apis/l7mp.io/v1/targets: targets.l7mp.io is forbidden')
  expect(proxy.proxy.received).toEqual([])
  server.fault = () => undefined
  await logs('all resources read')
  io.send('SIGTERM')
  expect(await ended).toBe(0)
})

it.each([
  ['no kubeconfig found', undefined, 'Give one with --kubeconfig'],
  ['has no context gone', '{"contexts":[{"name":"dev","context":{"cluster":"c","user":"u"}}]}', '--context: dev'],
  ['cannot read the kubeconfig', '{', 'Give another one'],
])('reports in one line that %s, and exits with 2', async (message, text, help) => {
  const io = testIO()
  const flags = text === undefined ? [] : ['--kubeconfig', await kubeconfigOf(text), '--context', 'gone']
  expect(await runCli(['run', '--source', 'kubernetes', ...flags], io)).toBe(2)
  expect(io.err()).toContain(message)
  expect(io.err()).toContain(help)
  expect(io.err().trim().split('\n')).toHaveLength(2)
})
