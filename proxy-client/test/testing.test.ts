import { afterEach, describe, expect, it } from 'vitest'
import type { ProxyError } from '../src/errors.ts'
import { ProxyClient } from '../src/l7mp/client.ts'
import { FakeProxy, type Fault, type FaultRule, startFakeProxy } from '../src/testing/index.ts'

const CLUSTER = { name: 'c', spec: { protocol: 'TCP', port: 80 }, loadbalancer: { policy: 'Trivial' } } as const

function connect(proxy: FakeProxy): ProxyClient {
  return new ProxyClient({ origin: 'http://fake', transport: proxy.transport(), deadline: 30 })
}

const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'none',
    (error: ProxyError) => error.code,
  )

describe('a fault', () => {
  it.each<[Fault, string, boolean]>([
    [{ kind: 'latency', milliseconds: 5 }, 'none', true],
    [{ kind: 'latency', milliseconds: 5000 }, 'timeout', true],
    [{ kind: 'refuse' }, 'unreachable', false],
    [{ kind: 'reset', done: false }, 'reset', false],
    [{ kind: 'reset', done: true }, 'reset', true],
    [{ kind: 'hang', done: false }, 'timeout', false],
    [{ kind: 'hang', done: true }, 'timeout', true],
    [{ kind: 'answer', done: true, status: 200, body: 'garbage' }, 'proxy-fault', true],
    [{ kind: 'answer', done: false, status: 500, body: '{}' }, 'proxy-fault', false],
    [{ kind: 'ignore' }, 'none', false],
    [{ kind: 'die', done: true, restarts: true }, 'reset', false],
  ])('%j is seen as %s, and the call was done: %s', async (fault, code, done) => {
    const proxy = new FakeProxy({ faults: [{ on: 0, fault }] })
    const client = connect(proxy)
    expect(await codeOf(client.createCluster(CLUSTER))).toBe(code)
    expect(proxy.store.clusters.has('c')).toBe(done)
    expect(await client.clusters.get('c')).toEqual(done ? { ...CLUSTER, endpoints: [] } : undefined)
  })

  it('applies to matching calls, at most `times`', async () => {
    const on: FaultRule['on'] = ({ method, path }) => method === 'POST' && path.endsWith('/clusters')
    const proxy = new FakeProxy({ faults: [{ on, fault: { kind: 'refuse' }, times: 2 }] })
    const client = connect(proxy)
    expect(await codeOf(client.getAdmin())).toBe('none')
    expect(await codeOf(client.createCluster(CLUSTER))).toBe('unreachable')
    expect(await codeOf(client.createCluster(CLUSTER))).toBe('unreachable')
    expect(await codeOf(client.createCluster(CLUSTER))).toBe('none')
  })

  it('of the process lasts until the restart, which loses the config', async () => {
    const proxy = new FakeProxy({ faults: [{ on: 1, fault: { kind: 'die', done: true, restarts: false } }] })
    const client = connect(proxy)
    await client.createCluster(CLUSTER)
    expect(await codeOf(client.getAdmin())).toBe('reset')
    expect(await codeOf(client.getAdmin())).toBe('unreachable')
    proxy.restart()
    expect(await client.clusters.get('c')).toBeUndefined()
  })
})

it('does not affect the record of requests', async () => {
  const proxy = new FakeProxy()
  await connect(proxy).createCluster(CLUSTER)
  expect(proxy.received).toEqual([{ number: 0, method: 'POST', path: '/api/v1/clusters', body: { cluster: CLUSTER } }])
})

describe('a port in use', () => {
  const listener = (protocol: 'UDP' | 'TCP') =>
    ({ name: protocol, spec: { protocol, port: 53 }, rules: 'r', options: { track: 0 } }) as const

  it('is an error for UDP, without a listener', async () => {
    const proxy = new FakeProxy()
    proxy.sockets.busy.udp.add(53)
    expect(await codeOf(connect(proxy).createListener(listener('UDP')))).toBe('address-in-use')
    expect(proxy.store.listeners.has('UDP')).toBe(false)
  })

  it('is no error for TCP: the listener is listed, but never listens', async () => {
    const proxy = new FakeProxy()
    proxy.sockets.busy.tcp.add(53)
    expect(await codeOf(connect(proxy).createListener(listener('TCP')))).toBe('none')
    expect(proxy.store.listeners.has('TCP')).toBe(true)
    expect(proxy.sockets.holds('TCP')).toBe(false)
    expect(proxy.listening(53)).toBe(true)
  })

  it('is free after its listener has been deleted', async () => {
    const proxy = new FakeProxy()
    const client = connect(proxy)
    await client.createListener(listener('TCP'))
    expect(proxy.listening(53)).toBe(true)
    await client.deleteObject('listener', 'TCP')
    expect(proxy.listening(53)).toBe(false)
  })
})

describe('without hardening', () => {
  it('crashes after a response of 200 if the name of an inline endpoint is in use', () => {
    const proxy = new FakeProxy({ hardened: false })
    const endpoints = [1, 2].map(() => ({ name: 'twice', spec: { address: 'a' } }))
    const body = JSON.stringify({ cluster: { ...CLUSTER, endpoints } })
    expect(proxy.handle('POST', '/api/v1/clusters', body).status).toBe(200)
    expect(proxy.alive).toBe(false)
  })

  it('crashes on a malformed escape and on the deletion of a TCP session', () => {
    const malformed = new FakeProxy({ hardened: false })
    expect(malformed.receive({ method: 'GET', target: '/api/v1/clusters/%' })).toEqual({ kind: 'reset' })
    expect(malformed.alive).toBe(false)
    const session = new FakeProxy({ hardened: false })
    session.sessions.set('TCP:1', { name: 'TCP:1' })
    session.handle('DELETE', '/api/v1/sessions/TCP:1')
    expect(session.alive).toBe(false)
  })
})

it('returns and deletes the sessions of a test, except those that are reconnecting', async () => {
  const session = (name: string, status: string) => ({
    name,
    metadata: { IP: { src_addr: '127.0.0.1' } },
    source: { origin: 'l', listener: {}, status: 'READY' },
    destination: { origin: 'c', endpoint: { name: 'e', spec: { address: 'a' } }, status },
    status: 'CONNECTED',
  })
  const proxy = new FakeProxy({ hardened: false })
  for (const status of ['READY', 'RETRYING']) proxy.sessions.set(`UDP:${status}`, session(`UDP:${status}`, status))
  const client = connect(proxy)
  expect(await client.getSession('UDP:READY')).toEqual({
    name: 'UDP:READY',
    metadata: { IP: { src_addr: '127.0.0.1' } },
    listener: 'l',
    cluster: 'c',
    endpoint: 'e',
    address: 'a',
    status: 'CONNECTED',
  })
  await client.deleteSession('UDP:READY')
  expect(await codeOf(client.deleteSession('UDP:RETRYING'))).toBe('not-sent')
  expect((await client.sessions()).map(({ name }) => name)).toEqual(['UDP:RETRYING'])
})

it.each([
  ['a guarded proxy', true, 'none'],
  ['one that is not hardened', false, 'not-sent'],
])('ends a TCP session on %s: %s', async (_what, hardened, code) => {
  const proxy = new FakeProxy({ hardened })
  const name = 'TCP:1.2.3.4:5-6.7.8.9:10'
  proxy.sessions.set(name, { name, metadata: {}, source: { origin: 'l' }, status: 'CONNECTED' })
  expect(await codeOf(connect(proxy).deleteSession(name))).toBe(code)
})

describe('over HTTP', () => {
  const started: { stop(): Promise<void> }[] = []
  afterEach(async () => {
    for (const { stop } of started.splice(0).reverse()) await stop()
  })

  it('requires the token', async () => {
    const server = await startFakeProxy({ token: 'right' })
    const [right, wrong] = ['right', 'wrong'].map(token => new ProxyClient({ origin: server.origin, token }))
    started.push(server, { stop: async () => void (await Promise.all([right?.close(), wrong?.close()])) })
    expect(await right?.getAdmin()).toMatchObject({ strict: false })
    expect(await codeOf(wrong?.getAdmin() ?? Promise.resolve())).toBe('locked-out')
  })

  it('injects faults', async () => {
    const server = await startFakeProxy({ faults: [{ on: 0, fault: { kind: 'reset', done: true } }] })
    const client = new ProxyClient({ origin: server.origin })
    started.push(server, { stop: () => client.close() })
    expect(await codeOf(client.createCluster(CLUSTER))).toBe('reset')
    expect(await codeOf(client.createCluster(CLUSTER))).toBe('already-defined')
  })
})

it('is created and filled fast enough for thousands of runs', async () => {
  const begin = performance.now()
  for (let run = 0; run < 200; run++) await connect(new FakeProxy()).createCluster(CLUSTER)
  expect((performance.now() - begin) / 200).toBeLessThan(5)
})
