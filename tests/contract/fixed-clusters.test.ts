/** The fixes of the preload for clusters, with packets: each test names its capability. */
import { type ClusterSpec, ProxyClient, type TransportListenerSpec } from '@l7mesh/proxy-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSession } from '../support/client.ts'
import { type Backend, echo, type Protocol } from '../support/echo.ts'
import { createProxied } from '../support/proxied.ts'
import { freePort, type RealProxy, startRealProxy } from '../support/real-proxy.ts'
import { until } from '../support/until.ts'

let proxy: RealProxy
let client: ProxyClient
beforeAll(async () => {
  proxy = await startRealProxy()
  client = new ProxyClient({ origin: proxy.origin })
})
afterAll(async () => {
  await client.close()
  await proxy.stop()
})

/** Sends a message until there is a response, and returns it. */
async function answerTo(protocol: Protocol, port: number, message: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const session = openSession(protocol, port, { message: resolve, ended() {} })
  await session.open
  session.send(message)
  const again = setInterval(() => session.send(message), 250)
  try {
    return await promise
  } finally {
    clearInterval(again)
    session.close()
  }
}

describe('endpoint-ports', () => {
  it.each(['UDP', 'TCP', 'WebSocket'] as const)('an endpoint of %s is reached at its own port', async protocol => {
    const [own, shared] = [await echo(protocol, 'own'), await echo(protocol, 'shared')]
    for (const [endpoint, name] of [
      [{ port: own.port }, 'own'],
      [{}, 'shared'],
    ] as const) {
      const port = await freePort()
      await createProxied(client, {
        name: `${protocol}-${name}`,
        listener: { protocol, port },
        cluster: { protocol, port: shared.port },
        endpoints: [{ address: '127.0.0.1', ...endpoint }],
      })
      expect(await answerTo(protocol, port, 'hello')).toBe(`${name} hello`)
    }
    for (const backend of [own, shared]) await backend.close()
  })

  it.each(['Trivial', 'HashRing'] as const)('is read back as it was sent, with the policy %s', async policy => {
    const name = `kept-${policy}`
    const endpoint = { name: `${name}-e`, spec: { address: '127.0.0.1', port: 7001 }, weight: 1 }
    await client.createCluster({ name, spec: { protocol: 'UDP', port: 7000 }, loadbalancer: { policy } })
    await client.createEndpoint(name, endpoint)
    expect((await client.clusters.get(name))?.endpoints).toEqual([endpoint])
  })

  it.each(['UDP', 'TCP'] as const)('two endpoints of one address both get sessions of %s', async protocol => {
    const backends = [await echo(protocol, 'a'), await echo(protocol, 'b')]
    const port = await freePort()
    await createProxied(client, spreading(`spread-${protocol}`, { protocol, port }, { protocol, port: 1 }, backends))
    const names = new Set<string>()
    while (names.size < 2) names.add((await answerTo(protocol, port, 'hello')).slice(0, 1))
    for (const backend of backends) await backend.close()
  })

  it.each(['UDP', 'TCP'] as const)('has no say in who keeps its endpoint of %s by a key', async protocol => {
    const backends = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((name, i) => echo(protocol, name, { address: `127.0.1.${i + 1}` })),
    )
    const [first, last] = [backends[0]?.port ?? 0, backends.at(-1)?.port ?? 0]
    const chosen: string[] = []
    for (const shared of [first, last]) {
      const port = await freePort()
      const endpoints = backends.map(({ address, port: own }) => ({ address, ...(own !== shared && { port: own }) }))
      await createProxied(client, {
        name: `keyed-${protocol}-${shared}`,
        listener: { protocol, port },
        cluster: { protocol, port: shared },
        loadbalancer: { policy: 'HashRing', key: '/IP/src_addr' },
        endpoints,
      })
      chosen.push((await answerTo(protocol, port, 'hello')).slice(0, 1))
    }
    expect(chosen[1]).toBe(chosen[0])
    for (const backend of backends) await backend.close()
  })

  it('two endpoints with one address both get JSONSocket sessions', async () => {
    const names = new Set<string>()
    const listening = (name: string) => echo('UDP', name, { heard: () => names.add(name) })
    const backends = [await listening('a'), await listening('b')]
    const port = await freePort()
    const spec = { protocol: 'JSONSocket', transport: { protocol: 'UDP', port: 1 } } as const
    await createProxied(client, spreading('spread-JSONSocket', { protocol: 'UDP', port }, spec, backends))
    // What they are asked first is a header. That they do not answer with one does not matter here.
    await until('both backends have heard of a session', async () => {
      const session = openSession('UDP', port, { message() {}, ended() {} })
      await session.open
      session.send('hello')
      session.close()
      return names.size === 2
    })
    for (const backend of backends) await backend.close()
  })
})

/** Sessions go to one backend or the other by the port of their client. */
function spreading(name: string, listener: TransportListenerSpec, cluster: ClusterSpec, backends: readonly Backend[]) {
  const loadbalancer = { policy: 'HashRing', key: `/${listener.protocol}/src_port` } as const
  const endpoints = backends.map(({ port }) => ({ address: '127.0.0.1', port }))
  return { name, listener, cluster, loadbalancer, endpoints }
}
