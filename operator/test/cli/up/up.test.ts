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
import { l7mesh, type TestIOOptions, testIO } from '../support/process-io.ts'

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

/** A UDP echo server. */
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

async function up(folder: string, options: TestIOOptions = {}, ...argv: readonly string[]) {
  const io = testIO(options)
  const ended = runCli(['up', folder, ...argv], io)
  let isOver = false
  const end = async () => {
    if (!isOver) io.send('SIGTERM')
    isOver = true
    return await ended
  }
  onTestFinished(async () => void (await end()))
  const shows = (text: string) =>
    expect.poll(() => stripVTControlCharacters(io.out()), { timeout: 20_000 }).toContain(text)
  return { io, end, shows }
}

async function accepts(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('close', () => resolve(false)).end()
  })
}

it('runs the pods of a folder, serves traffic, and leaves nothing behind', async () => {
  const folder = await folderWith({ 'proxy.yaml': PROXY, 'echo.yaml': echo(9000) })
  const mesh = await up(folder, {}, '--hint', 'to say hello')
  await mesh.shows('all resources programmed; try to say hello')

  const second = await l7mesh(['up', folder])
  expect(second).toMatchObject({ code: 2, err: expect.stringContaining(`is already running ${folder}`) })
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
  expect(mesh.io.out()).toContain('stopped: all processes have exited')
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
    await mesh.shows('all resources programmed')
  },
)

it('shares the last valid version of a broken file with the other commands', async () => {
  const folder = await folderWith({ 'proxy.yaml': PROXY, 'echo.yaml': echo(9004) })
  const mesh = await up(folder)
  await mesh.shows('all resources programmed')
  await writeFile(join(folder, 'echo.yaml'), echo(90_004))
  await mesh.shows('echo.yaml rejected')
  expect(await l7mesh(['diff', folder])).toMatchObject({
    code: 0,
    err: expect.stringContaining('90004 is too large; its last valid version is used'),
  })
  await writeFile(join(folder, 'echo.yaml'), 'kind: {')
  await mesh.shows('echo.yaml:1: Flow map')
  expect((await l7mesh(['diff', folder])).code).toBe(0)
  await writeFile(join(folder, 'echo.yaml'), echo(9004))
  await mesh.shows('echo.yaml saved → no proxy needs a change')
  expect(await mesh.end()).toBe(0)
})

it('shares its translation options with the other commands', async () => {
  const elsewhere = echo(9006, 'elsewhere').replace('namespace: mesh', 'namespace: other')
  const logging = echo(9005, 'logging').replace('Echo: {}', 'Logger: { log_file: /dev/null }')
  const folder = await folderWith({
    'proxy.yaml': PROXY,
    'log.yaml': logging,
    'other.yaml': elsewhere,
  })
  const mesh = await up(folder, {}, '--selector-scope', 'namespace', '--allow-log-files')
  await mesh.shows('VirtualService mesh/logging Programmed')
  expect((await l7mesh(['diff', folder])).out).toContain('converged')
  const status = await l7mesh(['status', folder, '-o', 'json'])
  expect(status.err).toBe('')
  expect(status.out).not.toContain('Forbidden')
  const other = await l7mesh(['diff', folder, '--selector-scope', 'all'])
  expect(other).toMatchObject({ code: 1, out: expect.stringContaining('+ listener other/virtualservices/elsewhere') })
  expect((await l7mesh(['config', 'mesh/ingress', folder])).code).toBe(0)
})

it('reports that destinations have no endpoints, and that they have some again', async () => {
  const toPods = echo(9005).replace(
    'Echo: {}',
    'UDP: { port: 7000 }\n              endpoints: [{ selector: { matchLabels: { app: backend } } }]',
  )
  const files = { 'proxy.yaml': PROXY, 'mesh.yaml': toPods, 'app/README': '' }
  const folder = await folderWith({ ...files, 'backend.yaml': backends(2) })
  const mesh = await up(folder)
  await mesh.shows('all resources programmed')
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
  await mesh.shows('all resources programmed')
  await mesh.shows('VirtualService mesh/echo  yes       yes   yes         1/1')
  await writeFile(join(folder, 'broken.yaml'), 'kind: {')
  await mesh.shows(`✗ ${folder}/broken.yaml:1`)
  expect(await mesh.end()).toBe(0)
  await mesh.shows('stopped: all processes have exited')
})

it('shows the output of a failing pod', async () => {
  const broken = PROXY.replace('name: ingress', 'name: broken')
    .replace('- name: l7mp', '- name: app\n      command: [node, -e, "throw new Error(\'out of coffee\')"]')
    .replace('image: l7mp/l7mp:0.5.7', 'image: local/app:1')
  const folder = await folderWith({ 'pod.yaml': broken, 'app/README': '' })
  const mesh = await up(folder)
  await mesh.shows('Error: out of coffee')
  expect(await mesh.end()).toBe(0)
})

it('writes status files while it runs', async () => {
  const folder = await folderWith({ 'proxy.yaml': PROXY, 'echo.yaml': echo(9003) })
  const status = await folderWith({})
  const mesh = await up(folder, {}, '--status-dir', status)
  await mesh.shows('all resources programmed')
  const file = join(status, 'VirtualService/mesh/echo.yaml')
  await expect.poll(() => readFile(file, 'utf8')).toContain('reason: Programmed')
  expect(await mesh.end()).toBe(0)
  await expect(readFile(file)).rejects.toThrow('ENOENT')
})
