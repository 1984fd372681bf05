/** `up` with real processes and a real proxy. */

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { udpClient } from '../../../../examples/udp.ts'
import { readRunState } from '../../../src/cli/folder/run-state.ts'
import { runCli } from '../../../src/cli/program.ts'
import { echo, folderWith } from '../support/folder.ts'
import { l7mesh, type TestWorldOptions, testWorld } from '../support/process-io.ts'

const PROXY = `apiVersion: v1
kind: Pod
metadata:
  name: ingress
  namespace: mesh
  labels:
    app: ingress
spec:
  containers:
    - name: l7mp
      image: l7mp/l7mp:0.5.7
`

/** Each sends back over UDP what it gets. */
const backends = (replicas: number) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: backend, namespace: mesh }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: backend } }
  template:
    metadata: { labels: { app: backend } }
    spec:
      containers:
        - name: app
          image: local/app:1
          env: [{ name: POD_IP, valueFrom: { fieldRef: { fieldPath: status.podIP } } }]
          command:
            - node
            - -e
            - |
              const socket = require('node:dgram').createSocket('udp4')
              socket.on('message', (message, { port, address }) => socket.send(message, port, address))
              socket.bind(7000, process.env.POD_IP)
`

async function up(folder: string, options: TestWorldOptions = {}, ...argv: readonly string[]) {
  const world = testWorld(options)
  const ended = runCli(['up', folder, ...argv], world)
  let isOver = false
  const end = async () => {
    if (!isOver) world.send('SIGTERM')
    isOver = true
    return await ended
  }
  onTestFinished(async () => void (await end()))
  const shows = (text: string) =>
    expect.poll(() => stripVTControlCharacters(world.out()), { timeout: 20_000 }).toContain(text)
  return { world, end, shows }
}

async function accepts(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('close', () => resolve(false)).end()
  })
}

it('runs the pods of a folder, serves it, and ends without a trace', async () => {
  const folder = await folderWith({ 'proxy.yaml': PROXY, 'echo.yaml': echo(9000) })
  const mesh = await up(folder, {}, '--hint', 'to say hello')
  await mesh.shows('everything is in force; try to say hello')

  const second = await l7mesh(['up', folder])
  expect(second).toMatchObject({ code: 2, err: expect.stringContaining(`${folder} is up already, by process`) })
  const status = await l7mesh(['status', folder])
  expect(status).toMatchObject({ code: 0, out: expect.stringContaining('VirtualService mesh/echo') })
  expect((await l7mesh(['diff', folder])).code).toBe(0)

  await writeFile(join(folder, 'echo.yaml'), echo(9001))
  await mesh.shows('echo.yaml saved → on 1 proxy in ')

  const [pod] = (await readRunState(folder))?.pods ?? []
  const address = pod?.status?.podIP ?? ''
  expect(await accepts(address, 1234)).toBe(true)
  expect(await mesh.end()).toBe(0)
  expect(await accepts(address, 1234)).toBe(false)
  expect(await readRunState(folder)).toBe(undefined)
  expect(mesh.world.out()).toContain('ended: nothing that it started is left')
})

it.runIf(process.platform === 'linux')(
  'says who holds a UDP port that a proxy would share, and takes it when it is free',
  async () => {
    const other = createSocket({ type: 'udp4', reuseAddr: true }).bind(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address()
    const proxy = PROXY.replace('spec:', 'spec:\n  hostNetwork: true')
    const mesh = await up(await folderWith({ 'proxy.yaml': proxy, 'echo.yaml': echo(port) }))
    await mesh.shows(`UDP port ${port} of the proxy's host is also in use by process ${process.pid}`)
    other.close()
    await mesh.shows('everything is in force')
  },
)

it('tells the commands beside it of the last good state of a file that is broken', async () => {
  const folder = await folderWith({ 'proxy.yaml': PROXY, 'echo.yaml': echo(9004) })
  const mesh = await up(folder)
  await mesh.shows('everything is in force')
  await writeFile(join(folder, 'echo.yaml'), echo(90_004))
  await mesh.shows('echo.yaml refused')
  expect(await l7mesh(['diff', folder])).toMatchObject({
    code: 0,
    err: expect.stringContaining('90004 is too large; its last good state counts'),
  })
  await writeFile(join(folder, 'echo.yaml'), 'kind: {')
  await mesh.shows('echo.yaml:1: Flow map')
  expect((await l7mesh(['diff', folder])).code).toBe(0)
  await writeFile(join(folder, 'echo.yaml'), echo(9004))
  await mesh.shows('echo.yaml saved → nothing to do on any proxy')
  expect(await mesh.end()).toBe(0)
})

it('tells the commands beside it what it was told to allow', async () => {
  const elsewhere = echo(9006, 'elsewhere').replace('namespace: mesh', 'namespace: other')
  const logging = echo(9005, 'logging').replace('Echo: {}', 'Logger: { log_file: /dev/null }')
  const folder = await folderWith({
    'proxy.yaml': PROXY,
    'log.yaml': logging,
    'other.yaml': elsewhere,
  })
  const mesh = await up(folder, {}, '--selector-scope', 'namespace', '--allow-log-files')
  await mesh.shows('VirtualService mesh/logging Programmed')
  expect((await l7mesh(['diff', folder])).out).toContain('holds what it should')
  const status = await l7mesh(['status', folder, '-o', 'json'])
  expect(status.err).toBe('')
  expect(status.out).not.toContain('Forbidden')
  const other = await l7mesh(['diff', folder, '--selector-scope', 'all'])
  expect(other).toMatchObject({ code: 1, out: expect.stringContaining('+ listener other/virtualservices/elsewhere') })
  expect((await l7mesh(['config', 'mesh/ingress', folder])).code).toBe(0)
})

it('tells that nobody is left behind the proxies, and that there is somebody again', async () => {
  const toPods = echo(9005).replace(
    'Echo: {}',
    'UDP: { port: 7000 }\n              endpoints: [{ selector: { matchLabels: { app: backend } } }]',
  )
  const files = { 'proxy.yaml': PROXY, 'mesh.yaml': toPods, 'app/README': '' }
  const folder = await folderWith({ ...files, 'backend.yaml': backends(2) })
  const mesh = await up(folder)
  await mesh.shows('everything is in force')
  const proxy = (await readRunState(folder))?.pods.find(({ metadata }) => metadata.name === 'ingress')
  const answers = async () => {
    await using client = await udpClient({ address: proxy?.status?.podIP ?? '', port: 9005 })
    return (await client.ask('hello'))?.toString()
  }
  const status = () => l7mesh(['status', folder])
  expect(await status()).toMatchObject({ code: 0, out: expect.stringMatching(/1\/1 +2\/2/) })
  await expect.poll(answers, { timeout: 20_000 }).toBe('hello')

  await writeFile(join(folder, 'backend.yaml'), backends(0))
  await mesh.shows(
    'VirtualService mesh/echo NoEndpoints: spec.listener.rules[0].action.route.destination: selects no pod',
  )
  await expect.poll(status, { timeout: 20_000 }).toMatchObject({ code: 1, out: expect.stringMatching(/1\/1 +0\/0/) })
  expect(await answers()).toBe(undefined)

  await writeFile(join(folder, 'backend.yaml'), backends(1))
  await mesh.shows('VirtualService mesh/echo EndpointsReady: 1 of 1 endpoints are ready')
  expect(await status()).toMatchObject({ code: 0, out: expect.stringMatching(/1\/1 +1\/1/) })
  await expect.poll(answers, { timeout: 20_000 }).toBe('hello')
  expect(await mesh.end()).toBe(0)
})

it('draws a live view on a terminal', async () => {
  const folder = await folderWith({ 'proxy.yaml': PROXY, 'echo.yaml': echo(9002) })
  const mesh = await up(folder, { terminal: { columns: 100, rows: 30 } })
  await mesh.shows('everything is in force')
  await mesh.shows('VirtualService mesh/echo  yes       yes   yes         1/1')
  await writeFile(join(folder, 'broken.yaml'), 'kind: {')
  await mesh.shows(`✗ ${folder}/broken.yaml:1`)
  expect(await mesh.end()).toBe(0)
  await mesh.shows('ended: nothing that it started is left')
})

it('shows what a pod printed that cannot run', async () => {
  const broken = PROXY.replace('name: ingress', 'name: broken')
    .replace('- name: l7mp', '- name: app\n      command: [node, -e, "throw new Error(\'out of coffee\')"]')
    .replace('image: l7mp/l7mp:0.5.7', 'image: local/app:1')
  const folder = await folderWith({ 'pod.yaml': broken, 'app/README': '' })
  const mesh = await up(folder)
  await mesh.shows('Error: out of coffee')
  expect(await mesh.end()).toBe(0)
})

it('writes status as files while it runs', async () => {
  const folder = await folderWith({ 'proxy.yaml': PROXY, 'echo.yaml': echo(9003) })
  const status = await folderWith({})
  const mesh = await up(folder, {}, '--status-dir', status)
  await mesh.shows('everything is in force')
  const file = join(status, 'VirtualService/mesh/echo.yaml')
  await expect.poll(() => readFile(file, 'utf8')).toContain('reason: Programmed')
  expect(await mesh.end()).toBe(0)
  await expect(readFile(file)).rejects.toThrow('ENOENT')
})
