/** The fixes of the preload for the built-in clusters of a proxy, with packets: each part names its capability. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { ProxyClient } from '@l7mesh/proxy-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSession } from '../support/client.ts'
import { createProxied } from '../support/proxied.ts'
import { freePort, type RealProxy, startRealProxy } from '../support/real-proxy.ts'
import { until } from '../support/until.ts'

let proxy: RealProxy
let client: ProxyClient
beforeEach(async () => {
  proxy = await startRealProxy()
  client = new ProxyClient({ origin: proxy.origin })
})
afterEach(async () => {
  await client.close()
  await proxy.stop()
})

const LOOPBACK = '127.0.0.1'

describe('sync', () => {
  const RETRY = { retry_on: 'never', num_retries: 1, timeout: 2000 } as const
  type User = { readonly name: string; readonly socket: Socket; readonly port: number; readonly heard: string[] }
  const users: User[] = []
  afterEach(() => {
    for (const { socket } of users.splice(0)) socket.close()
  })

  /** A singleton that takes part in the call, and its peer. */
  async function user(name: string, call = 'call-1'): Promise<User> {
    const socket = createSocket('udp4').bind(0, LOOPBACK)
    await once(socket, 'listening')
    const made = { name, socket, port: await freePort(), heard: [] as string[] }
    socket.on('message', text => made.heard.push(`${text}`))
    // A singleton that is deleted refuses what comes to it.
    socket.on('error', () => {})
    users.push(made)
    await client.createRoute({ name, destination: 'sync', ingress: [], egress: [], retry: RETRY })
    const rewrite = [{ path: '/call', value: call }]
    await client.createRule({ name, action: { rewrite, route: name } })
    await client.createRuleList({ name, rules: [name] })
    await join(made)
    return made
  }

  const join = ({ name, socket, port }: User) => {
    const connect = { address: LOOPBACK, port: socket.address().port }
    const spec = { protocol: 'UDP', port, connect } as const
    return client.createListener({ name, spec, rules: name, options: { track: 0 } })
  }
  const leave = ({ name }: User) => client.deleteObject('listener', name)

  /** Sends until all others have received it. */
  async function allHear(from: User, text: string, others: readonly User[]): Promise<void> {
    await until(`${text} is heard`, () => {
      from.socket.send(text, from.port, LOOPBACK)
      return others.every(({ heard }) => heard.includes(text))
    })
    expect(from.heard).not.toContain(text)
  }

  beforeEach(() =>
    client.createCluster({
      name: 'sync',
      spec: { protocol: 'Sync', query: '/call' },
      loadbalancer: { policy: 'None' },
    }),
  )

  it("one of two leaves and returns, and both receive each other's data", async () => {
    const [a, b] = [await user('a'), await user('b')]
    await allHear(a, 'a1', [b])
    await allHear(b, 'b1', [a])
    for (const round of [1, 2, 3]) {
      await leave(a)
      b.socket.send('alone', b.port, LOOPBACK)
      await join(a)
      await allHear(a, `a again ${round}`, [b])
      await allHear(b, `b again ${round}`, [a])
    }
  })

  it("the remaining sessions receive each other's data", async () => {
    const [a, b, c] = [await user('a'), await user('b'), await user('c')]
    const kept = (await client.sessions()).map(({ name }) => name).filter(name => name.startsWith('UDP:'))
    await allHear(a, 'a1', [b, c])
    await leave(a)
    await allHear(b, 'b1', [c])
    await allHear(c, 'c1', [b])
    const now = (await client.sessions()).map(({ name }) => name).filter(name => name.startsWith('UDP:'))
    expect(kept).toEqual(expect.arrayContaining(now))
    await join(a)
    await allHear(b, 'b2', [a, c])
  })

  it('all leave and return, and calls stay separate', async () => {
    const [a, b, other] = [await user('a'), await user('b'), await user('other', 'call-2')]
    await allHear(a, 'a1', [b])
    for (const each of [a, b]) await leave(each)
    for (const each of [a, b]) await join(each)
    await allHear(a, 'a2', [b])
    expect(other.heard).toEqual([])
  })
})

describe('stdio', () => {
  it('prints the data of consecutive sessions', async () => {
    const port = await freePort()
    await createProxied(client, { name: 's', listener: { protocol: 'UDP', port }, cluster: { protocol: 'Stdio' } })
    for (const text of ['first', 'second', 'third']) {
      const session = openSession('UDP', port, { message() {}, ended() {} })
      await session.open
      await until(`${text} is printed`, () => {
        session.send(`the ${text} session\n`)
        return proxy.output().includes(`the ${text} session`)
      })
      session.close()
      for (const { name, listener } of await client.sessions()) if (listener === 's') await client.deleteSession(name)
    }
    expect(proxy.output()).not.toContain('survived')
  })
})

describe('metric-names', () => {
  it('counts under the configured names, or else under its own', async () => {
    const counted = {
      named: { byteCounterName: 'my_bytes', packetCounterName: 'my_packets' },
      shared: { byteCounterName: 'my_bytes', packetCounterName: 'other_packets' },
      swapped: { byteCounterName: 'my_packets', packetCounterName: 'my_bytes' },
      taken: { byteCounterName: 'listener_requests_total', packetCounterName: 'no name' },
      unnamed: {},
    }
    const loadbalancer = { policy: 'Trivial' } as const
    for (const [name, names] of Object.entries(counted)) {
      await client.createCluster({ name, spec: { protocol: 'Metric', ...names }, loadbalancer })
      expect((await client.clusters.get(name))?.spec).toEqual({ protocol: 'Metric', ...names })
      const port = await freePort()
      const listener = { protocol: 'UDP', port } as const
      await createProxied(client, { name: `l-${name}`, listener, cluster: { protocol: 'Echo' }, ingress: [name] })
      const socket = createSocket('udp4')
      socket.send('hello', port, LOOPBACK)
      await once(socket, 'message')
      socket.close()
    }
    const port = await freePort()
    await createProxied(client, {
      name: 'm',
      listener: { protocol: 'HTTP', port },
      cluster: { protocol: 'Prometheus' },
    })
    const text = await (await fetch(`http://${LOOPBACK}:${port}/metrics`)).text()
    const counts = [...text.matchAll(/^(\w+)\{sessionName="[^"]*",clusterName="(\w+)"\} (\d+)$/gm)]
    const byCluster = counts.map(([, counter, cluster, count]) => `${cluster}: ${counter} ${count}`)
    const own = (name: string) => [`${name}: session_byte_counter_total 5`, `${name}: session_packet_counter_total 1`]
    expect(byCluster.toSorted()).toEqual(
      [
        ...['named: my_bytes 5', 'named: my_packets 1', 'shared: my_bytes 5', 'shared: other_packets 1'],
        ...['swapped', 'taken', 'unnamed'].flatMap(own),
      ].toSorted(),
    )
  })
})

describe('session-stages', () => {
  it.each([false, true])('sessions with stages can be read, from a strict proxy: %s', async isStrict => {
    const other = await startRealProxy(args => (isStrict ? [...args, '-s'] : args))
    const api = new ProxyClient({ origin: other.origin })
    const socket = createSocket('udp4').bind(0, LOOPBACK)
    try {
      const spec = { protocol: 'Logger', log_file: '-', log_prefix: '' } as const
      await api.createCluster({ name: 'Logger', spec, loadbalancer: { policy: 'None' } })
      const port = await freePort()
      const listener = { protocol: 'UDP', port } as const
      await createProxied(api, { name: 's', listener, cluster: { protocol: 'Echo' }, ingress: ['Logger'] })
      socket.send('hello', port, LOOPBACK)
      await once(socket, 'message', { signal: AbortSignal.timeout(5000) })
      expect((await api.sessions()).map(({ listener: name }) => name)).toContain('s')
      const answer = await fetch(`${other.origin}/api/v1/sessions`)
      const stage = { origin: 'Logger', status: 'READY' }
      expect(await answer.json()).toContainEqual(expect.objectContaining({ ingress: [expect.objectContaining(stage)] }))
      expect((await fetch(`${other.origin}/api/v1/config`)).status).toBe(200)
    } finally {
      socket.close()
      await api.close()
      await other.stop()
    }
  })
})
