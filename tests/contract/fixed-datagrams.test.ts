/** The fixes of the preload for datagrams, with packets: each part names its capability. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type Listener, ProxyClient, type Session, type UdpListenerSpec } from '@l7mesh/proxy-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Backend, echo } from '../support/echo.ts'
import { createChain, createListener, createProxied } from '../support/proxied.ts'
import { freePort, type RealProxy, startRealProxy } from '../support/real-proxy.ts'
import { until } from '../support/until.ts'

let proxy: RealProxy
let client: ProxyClient
let backend: Backend
beforeEach(async () => {
  proxy = await startRealProxy()
  client = new ProxyClient({ origin: proxy.origin })
  backend = await echo('UDP', 'b')
})
afterEach(async () => {
  await backend.close()
  await client.close()
  await proxy.stop()
})

const LOOPBACK = '127.0.0.1'
const toBackend = () => ({
  cluster: { protocol: 'UDP', port: backend.port } as const,
  endpoints: [{ address: LOOPBACK }],
})

async function newClient(address = LOOPBACK, port = 0): Promise<Socket> {
  const socket = createSocket('udp4').bind(port, address)
  await once(socket, 'listening')
  return socket
}

/** The time after which a response counts as lost, in milliseconds. */
const PATIENCE = 5000

/** The response to a new client that sends one datagram. */
async function answerToFirst(port: number, text: string): Promise<string> {
  const socket = await newClient()
  socket.send(text, port, LOOPBACK)
  const answer = await once(socket, 'message', { signal: AbortSignal.timeout(PATIENCE) }).catch(() => ['nothing'])
  socket.close()
  return String(answer[0])
}

/** The clients that did not get their own response. */
async function wronged(port: number, clients: number, atOnce: number): Promise<readonly string[]> {
  const wrong: string[] = []
  for (let first = 0; first < clients; first += atOnce) {
    const texts = Array.from({ length: Math.min(atOnce, clients - first) }, (_, i) => `client ${first + i}`)
    const answers = await Promise.all(texts.map(text => answerToFirst(port, text)))
    wrong.push(...texts.flatMap((text, i) => (answers[i] === `b ${text}` ? [] : [`${text}: ${answers[i]}`])))
  }
  return wrong
}

async function sessionsOf(name: string): Promise<readonly Session[]> {
  return (await client.sessions()).filter(({ listener }) => listener === name)
}

async function deleteSessionsOf(listener: string): Promise<void> {
  for (const { name } of await sessionsOf(listener)) await client.deleteSession(name)
}

/** Simulates a busy machine: delays callbacks that are deferred to the next turn of the event loop. */
const SLOW_TURNS = encodeURIComponent(`
  const later = globalThis.setImmediate
  globalThis.setImmediate = (act, ...args) => later((...given) => {
    const end = performance.now() + 5
    while (performance.now() < end);
    act(...given)
  }, ...args)`)

describe('first-datagrams', () => {
  const listening = async (more: Partial<UdpListenerSpec> = {}) => {
    const port = await freePort()
    const wanted = { name: 'l', listener: { protocol: 'UDP', port, ...more } as const, ...toBackend() }
    await createProxied(client, wanted)
    return port
  }

  it('5,000 new clients, ten at a time, each get their own response', async () => {
    expect(await wronged(await listening(), 5000, 10)).toEqual([])
  })

  it('500 concurrent new clients each get their own response', async () => {
    expect(await wronged(await listening(), 500, 500)).toEqual([])
  })

  it.each([{ address: '127.0.0.1' }, { connect: { address: '127.0.0.1' } }])('with %j too', async more => {
    expect(await wronged(await listening(more), 500, 50)).toEqual([])
  })

  it('a listener for peers of one address does not respond to others, and loses no datagrams of its own', async () => {
    const port = await listening({ connect: { address: LOOPBACK } })
    const stranger = await newClient('127.0.0.2')
    let answers = 0
    stranger.on('message', () => answers++)
    const strange = setInterval(() => stranger.send('strange', port, LOOPBACK), 1)
    expect(await wronged(port, 500, 10)).toEqual([])
    clearInterval(strange)
    stranger.close()
    expect(answers).toBe(0)
  })

  it('a listener for peers of one port accepts them from each address', async () => {
    const peer = await freePort()
    const port = await listening({ connect: { port: peer } })
    const peers = await Promise.all(Array.from({ length: 50 }, (_, i) => newClient(`127.0.1.${i + 1}`, peer)))
    const answers = peers.map(socket => once(socket, 'message', { signal: AbortSignal.timeout(PATIENCE) }))
    for (const [i, socket] of peers.entries()) socket.send(`${i}`, port, LOOPBACK)
    expect((await Promise.all(answers)).map(([answer]) => `${answer}`)).toEqual(peers.map((_, i) => `b ${i}`))
    for (const socket of peers) socket.close()
  })

  it('consecutive datagrams of a new client keep their order', async () => {
    const port = await listening()
    for (let round = 0; round < 50; round++) {
      const socket = await newClient()
      const answers: string[] = []
      socket.on('message', answer => answers.push(`${answer}`))
      const texts = ['1', '2', '3', '4', '5']
      for (const text of texts) socket.send(text, port, LOOPBACK)
      await until('all are answered', () => answers.length === texts.length)
      expect(answers).toEqual(texts.map(text => `b ${text}`))
      socket.close()
    }
  })

  it('clients whose sessions fail do not affect others', async () => {
    const port = await freePort()
    const wanted = { name: 'l', listener: { protocol: 'UDP', port } as const, ...toBackend() }
    await createChain(client, wanted)
    const even = { op: 'test', path: '/IP/src_addr', value: LOOPBACK }
    await client.createRule({ name: 'even', match: even, action: { route: 'l' } })
    await client.insertRule('l', 0, 'even')
    await client.removeRuleAt('l', 1)
    await createListener(client, wanted)
    const refused = await newClient('127.0.0.2')
    const strange = setInterval(() => refused.send('strange', port, LOOPBACK), 1)
    expect(await wronged(port, 500, 10)).toEqual([])
    clearInterval(strange)
    refused.close()
  })

  it('while its listener is replaced and its clusters are swapped', async () => {
    const port = await listening()
    const spec = { protocol: 'UDP', port } as const
    const named = (name: string): Listener => ({ name, spec, rules: 'l', options: { track: 0 } })
    const clients = wronged(port, 3000, 10)
    let [listener, rule, done] = ['l', 'l', false]
    void clients.then(() => {
      done = true
    })
    for (let round = 0; !done; round++) {
      await client.createListener(named(`l-${round}`))
      await client.deleteObject('listener', listener)
      listener = `l-${round}`
      await createChain(client, { name: `c-${round}`, listener: spec, ...toBackend() })
      await client.insertRule('l', 0, `c-${round}`)
      await client.removeRuleAt('l', 1)
      for (const kind of ['rule', 'route', 'cluster'] as const) await client.deleteObject(kind, rule)
      rule = `c-${round}`
    }
    expect(await clients).toEqual([])
  })

  it('while a listener at one address is deleted before one at all addresses', async () => {
    const slow = await startRealProxy(args => ['--import', `data:text/javascript,${SLOW_TURNS}`, ...args])
    const api = new ProxyClient({ origin: slow.origin })
    try {
      const port = await freePort()
      const spec = { protocol: 'UDP', port } as const
      await createProxied(api, { name: 'all', listener: spec, ...toBackend() })
      await createProxied(api, { name: 'one', listener: { ...spec, address: LOOPBACK }, ...toBackend() })
      const clients = wronged(port, 300, 3)
      await api.deleteObject('listener', 'one')
      expect(await clients).toEqual([])
    } finally {
      await api.close()
      await slow.stop()
    }
  })

  it('leaves nothing', async () => {
    const port = await listening()
    expect(await wronged(port, 50, 10)).toEqual([])
    await deleteSessionsOf('l')
    const before = await proxy.openFiles()
    expect(await wronged(port, 1000, 100)).toEqual([])
    expect(await proxy.openFiles()).toBeGreaterThan(before + 1000)
    await deleteSessionsOf('l')
    await until('as many files are open as before', async () => (await proxy.openFiles()) <= before)
  })
})

describe('singletons', () => {
  type Peer = { readonly socket: Socket; readonly port: number; readonly spec: UdpListenerSpec }
  const peers: Socket[] = []
  afterEach(() => {
    for (const socket of peers.splice(0)) socket.close()
  })

  /** A socket, and a singleton that is connected to it. */
  async function peering(port?: number): Promise<Peer> {
    const socket = await newClient()
    peers.push(socket)
    const listening = port ?? (await freePort())
    const connect = { address: LOOPBACK, port: socket.address().port }
    return { socket, port: listening, spec: { protocol: 'UDP', port: listening, connect } }
  }

  /** Sends until there is a response. */
  async function answered({ socket, port }: Peer, text: string): Promise<string> {
    const sending = setInterval(() => socket.send(text, port, LOOPBACK), 20)
    try {
      for (;;) {
        const [answer] = await once(socket, 'message', { signal: AbortSignal.timeout(60_000) })
        if (`${answer}`.endsWith(text)) return `${answer}`
      }
    } finally {
      clearInterval(sending)
    }
  }

  it('has a session as soon as its cluster has an endpoint', async () => {
    const peer = await peering()
    await createProxied(client, { name: 's', listener: peer.spec, ...toBackend(), endpoints: [] })
    await until('it has tried', () => proxy.output().includes('No endpoint in cluster'))
    await client.createEndpoint('s', { name: 'late', spec: { address: LOOPBACK }, weight: 1 })
    expect(await answered(peer, 'hello')).toBe('b hello')
  })

  it.each(['cluster', 'route', 'rule', 'rulelist'] as const)('has one as soon as there is the %s', async kind => {
    const peer = await peering()
    const wanted = { name: 's', listener: peer.spec, ...toBackend() }
    await createChain(client, wanted)
    await client.deleteObject(kind, 's')
    await createListener(client, wanted)
    await until('it has tried', () => proxy.output().includes('fatal error'))
    for (const each of ['rulelist', 'rule', 'route', 'cluster'] as const)
      if (each !== kind) await client.deleteObject(each, 's')
    await createChain(client, wanted)
    expect(await answered(peer, 'hello')).toBe('b hello')
  })

  it.each(['UDP', 'TCP'] as const)('has one again when its backend of %s is back', async protocol => {
    const peer = await peering()
    const first = await echo(protocol, 'first')
    const cluster = { protocol, port: first.port }
    await createProxied(client, { name: 's', listener: peer.spec, cluster, endpoints: [{ address: LOOPBACK }] })
    expect(await answered(peer, 'one\n')).toBe('first one\n')
    await first.close()
    // A connection outlives the backend that has taken it. A datagram finds out that nobody is there.
    if (protocol === 'TCP') await deleteSessionsOf('s')
    const [old] = await sessionsOf('s')
    await until('its session has ended', async () => {
      peer.socket.send('lost\n', peer.port, LOOPBACK)
      return !(await sessionsOf('s')).some(({ name }) => name === old?.name)
    })
    const second = await echo(protocol, 'second', { port: first.port })
    expect(await answered(peer, 'two\n')).toBe('second two\n')
    await second.close()
  })

  it('has a new one after its session was deleted', async () => {
    const peer = await peering()
    await createProxied(client, { name: 's', listener: peer.spec, ...toBackend() })
    for (const text of ['one', 'two', 'three']) {
      expect(await answered(peer, text)).toBe(`b ${text}`)
      await deleteSessionsOf('s')
    }
    expect(await answered(peer, 'four')).toBe('b four')
  })

  it.each(['always', 'disconnect', 'connect-failure'] as const)('has one again with the retry %s', async retry_on => {
    const peer = await peering()
    const retry = { retry_on, num_retries: 2, timeout: 50 } as const
    await createProxied(client, { name: 's', listener: peer.spec, ...toBackend(), retry })
    expect(await answered(peer, 'one')).toBe('b one')
    await client.deleteObject('endpoint', 's-0')
    await deleteSessionsOf('s')
    await until('it has given up', () => proxy.output().includes('No endpoint in cluster'))
    await client.createEndpoint('s', { name: 's-1', spec: { address: LOOPBACK }, weight: 1 })
    expect(await answered(peer, 'two')).toBe('b two')
  })

  it('shares its port with another, and with a listener for new clients', async () => {
    const one = await peering()
    const two = await peering(one.port)
    await createProxied(client, { name: 'one', listener: one.spec, ...toBackend() })
    await createProxied(client, { name: 'two', listener: two.spec, ...toBackend() })
    const server = { protocol: 'UDP', port: one.port } as const
    await createProxied(client, { name: 'all', listener: server, ...toBackend() })
    const others = wronged(one.port, 300, 10)
    for (let round = 0; round < 10; round++) {
      for (const [name, peer] of Object.entries({ one, two })) {
        expect(await answered(peer, `${name} ${round}`)).toBe(`b ${name} ${round}`)
        await deleteSessionsOf(name)
      }
    }
    expect(await others).toEqual([])
  })

  it('is deleted, regardless of its state', async () => {
    const peer = await peering()
    const wanted = { name: 's', listener: peer.spec, ...toBackend(), endpoints: [] }
    await createChain(client, wanted)
    await createListener(client, wanted)
    await client.deleteObject('listener', 's')
    const before = await proxy.openFiles()
    for (let round = 0; round < 50; round++) {
      await createListener(client, wanted)
      if (round % 2 === 0) await until('it has failed', async () => (await proxy.openFiles()) <= before)
      await client.deleteObject('listener', 's')
    }
    await client.createEndpoint('s', { name: 'late', spec: { address: LOOPBACK }, weight: 1 })
    await until('as many files are open as before', async () => (await proxy.openFiles()) <= before)
    expect(await sessionsOf('s')).toEqual([])
    const taker = await newClient('0.0.0.0', peer.port)
    taker.close()
  })
})
