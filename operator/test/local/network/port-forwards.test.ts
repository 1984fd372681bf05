import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freePort } from '../../../../tests/support/real-proxy.ts'
import type { Backend } from '../../../src/local/network/local-services.ts'
import { openForwarder } from '../../../src/local/network/port-forwards.ts'
import { eventually } from '../support/eventually.ts'

const HERE = '127.0.0.1'

/** Responds with its name and the received data when the client has sent everything. */
async function tcpBackend(name: string): Promise<Backend> {
  const server = createServer({ allowHalfOpen: true }, socket => {
    let said = ''
    socket.on('error', () => {})
    socket.on('data', data => {
      said += data
    })
    socket.on('end', () => socket.end(`${name} ${said}`))
  }).listen(0, HERE)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { address: HERE, port: (server.address() as AddressInfo).port }
}

async function udpBackend(name: string): Promise<Backend> {
  const socket = createSocket('udp4', (message, client) =>
    socket.send(`${name} ${message} ${client.port}`, client.port, client.address),
  ).bind(0, HERE)
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  return { address: HERE, port: socket.address().port }
}

async function forwarder(protocol: 'TCP' | 'UDP', backends: readonly Backend[], sticky = false) {
  const port = await freePort()
  const opened = await openForwarder({ protocol, address: HERE, port, sticky })
  opened.send(backends)
  let isOpen = true
  const close = () => {
    if (isOpen) opened.close()
    isOpen = false
  }
  onTestFinished(close)
  return { port, send: opened.send, close }
}

async function askTcp(port: number, question: string): Promise<string> {
  const socket = connect({ host: HERE, port })
  socket.end(question)
  return text(socket)
}

async function udpClient(port: number) {
  const socket = createSocket('udp4').bind(0, HERE)
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  return async (question: string): Promise<string> => {
    socket.send(question, port, HERE)
    const [answer] = await once(socket, 'message')
    return String(answer)
  }
}

describe('a TCP port', () => {
  it('forwards a connection until both directions have ended, to any of the pods', async () => {
    const { port } = await forwarder('TCP', [await tcpBackend('a'), await tcpBackend('b')])
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => askTcp(port, `q${i}`)))
    expect(answers.map(answer => answer.slice(2))).toEqual(Array.from({ length: 30 }, (_, i) => `q${i}`))
    expect(new Set(answers.map(answer => answer[0]))).toEqual(new Set(['a', 'b']))
  })

  it('follows the pods, and keeps a client with session affinity on its pod', async () => {
    const [a, b] = [await tcpBackend('a'), await tcpBackend('b')]
    const { port, send } = await forwarder('TCP', [a, b], true)
    const first = new Set<string>()
    for (let i = 0; i < 10; i++) first.add((await askTcp(port, 'x')).slice(0, 1))
    expect(first.size).toBe(1)
    send(first.has('a') ? [b] : [a])
    expect((await askTcp(port, 'x')).slice(0, 1)).toBe(first.has('a') ? 'b' : 'a')
  })

  it('closes a connection whose pod is unreachable', async () => {
    const { port } = await forwarder('TCP', [{ address: HERE, port: 1 }])
    expect(await askTcp(port, 'x').catch(() => '')).toBe('')
  })

  it('is free again when it is closed', async () => {
    const { port, close } = await forwarder('TCP', [await tcpBackend('a')])
    const idle = connect({ host: HERE, port })
    await once(idle, 'connect')
    close()
    await once(idle, 'close')
    await expect(once(connect({ host: HERE, port }), 'connect')).rejects.toThrow('ECONNREFUSED')
  })
})

describe('a UDP port', () => {
  it('keeps a separate session for each client', async () => {
    const { port } = await forwarder('UDP', [await udpBackend('a'), await udpBackend('b')])
    const ways = new Set<string>()
    const pods = new Set<string>()
    for (let i = 0; i < 20; i++) {
      const ask = await udpClient(port)
      const [pod = '', text, way = ''] = (await ask(`q${i}`)).split(' ')
      expect(text).toBe(`q${i}`)
      expect(await ask('more')).toBe(`${pod} more ${way}`)
      ways.add(way)
      pods.add(pod)
    }
    expect(ways.size).toBe(20)
    expect(pods).toEqual(new Set(['a', 'b']))
  })

  it('moves a client whose pod was deleted', async () => {
    const [a, b] = [await udpBackend('a'), await udpBackend('b')]
    const { port, send } = await forwarder('UDP', [a])
    const ask = await udpClient(port)
    expect(await ask('1')).toMatch(/^a 1/)
    send([a, b])
    expect(await ask('2')).toMatch(/^a 2/)
    send([b])
    expect(await ask('3')).toMatch(/^b 3/)
  })

  it('is free again when it is closed', async () => {
    const { port, close } = await forwarder('UDP', [await udpBackend('a')])
    close()
    const socket = createSocket('udp4')
    onTestFinished(() => void socket.close())
    await eventually('the port', async () => {
      socket.bind({ address: HERE, port, exclusive: true })
      return once(socket, 'listening').then(
        () => true,
        () => false,
      )
    })
  })
})
