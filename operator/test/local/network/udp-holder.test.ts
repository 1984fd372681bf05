import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { udpHolder } from '../../../src/local/network/udp-holder.ts'

const HOST = '127.0.0.1'

/** A process that is taken for the proxy, as this one serves on its port. */
async function proxy() {
  const server = createServer().listen(0, HOST)
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return { address: HOST, port: (server.address() as AddressInfo).port }
}

/** A UDP socket of this process that shares its port. */
async function bound(port = 0): Promise<number> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true }).bind(port, HOST)
  onTestFinished(() => void socket.close())
  await once(socket, 'listening')
  return socket.address().port
}

const SHARE = `require('dgram').createSocket({ type: 'udp4', reuseAddr: true })
  .bind(Number(process.argv[1]), '${HOST}', () => process.send('bound'))`

it.runIf(process.platform === 'linux')('names another process that holds the port too', async () => {
  const port = await bound()
  const other = spawn(process.execPath, ['-e', SHARE, `${port}`], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  onTestFinished(() => void other.kill('SIGKILL'))
  await once(other, 'message')
  const itself = await proxy()
  expect(await udpHolder({ address: HOST, port }, itself)).toMatch(new RegExp(`^process ${other.pid} \\(`))
  expect(await udpHolder({ address: '127.0.0.9', port }, itself)).toBe(undefined)
})

it('finds no holder if the port is free or held only by the proxy', async () => {
  const itself = await proxy()
  expect(await udpHolder({ address: HOST, port: 1 }, itself)).toBe(undefined)
  expect(await udpHolder({ address: HOST, port: await bound() }, itself)).toBe(undefined)
})

it('reports nothing if the process of the proxy is unknown', async () => {
  expect(await udpHolder({ address: HOST, port: await bound() }, { address: HOST, port: 1 })).toBe(undefined)
})
