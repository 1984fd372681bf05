import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { Presence } from '../src/index.ts'

/** A server that records connections, and a presence with its own clock. */
async function watching() {
  const server = createServer()
  const sockets: Socket[] = []
  const time = { now: 0 }
  let lost = 0
  server.on('connection', socket => sockets.push(socket.on('error', () => {})))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const presence = new Presence({ host: '127.0.0.1', port, now: () => time.now })
  onTestFinished(() => {
    presence.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const connected = (count: number) => expect.poll(() => [sockets.length, presence.isWatching]).toEqual([count, true])
  return {
    presence,
    server,
    sockets,
    time,
    connected,
    watch: () => presence.onLost(() => (lost += 1)),
    lost: () => lost,
  }
}

it('opens one connection once the proxy has responded', async () => {
  const { presence, sockets, watch, connected, lost } = await watching()
  presence.confirm()
  expect(sockets).toHaveLength(0)
  watch()
  presence.confirm()
  presence.confirm()
  await connected(1)
  expect(lost()).toBe(0)
})

it('reports that the process has ended', async () => {
  const { presence, sockets, watch, time, connected, lost } = await watching()
  watch()
  presence.confirm()
  await connected(1)
  time.now = 10_000
  sockets[0]?.resetAndDestroy()
  await expect.poll(lost).toBe(1)
  expect(presence.isWatching).toBe(false)
  presence.confirm()
  await connected(2)
})

it('reopens it if the proxy only timed it out', async () => {
  const { presence, sockets, watch, time, connected, lost } = await watching()
  watch()
  presence.confirm()
  await connected(1)
  time.now = 60_000
  sockets[0]?.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n')
  await connected(2)
  expect(lost()).toBe(0)
})

it('reports if nothing listens when it is reopened', async () => {
  const { presence, server, sockets, watch, time, connected, lost } = await watching()
  watch()
  presence.confirm()
  await connected(1)
  time.now = 60_000
  server.close()
  sockets[0]?.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n')
  await expect.poll(lost).toBe(1)
})

it('opens no connection for a minute if connections are not tolerated', async () => {
  const { presence, sockets, watch, time, connected, lost } = await watching()
  watch()
  presence.confirm()
  await connected(1)
  time.now = 100
  sockets[0]?.destroy()
  await expect.poll(lost).toBe(1)
  presence.confirm()
  expect(presence.isWatching).toBe(false)
  time.now = 60_100
  presence.confirm()
  await connected(2)
})

it('reports nothing after it is closed', async () => {
  const { presence, sockets, watch, connected, lost } = await watching()
  watch()
  presence.confirm()
  await connected(1)
  presence.close()
  await once(sockets[0] as Socket, 'close')
  presence.confirm()
  expect(sockets).toHaveLength(1)
  expect(lost()).toBe(0)
})
