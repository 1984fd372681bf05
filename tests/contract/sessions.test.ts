/** Behaviour that needs a real proxy and packets: late resolution of names, and reading and ending sessions. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { ProxyClient } from '@l7mesh/proxy-client'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { freePort, type RealProxy, startRealProxy } from '../support/real-proxy.ts'

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

/** Sends until there is a response. */
async function echoed(port: number, message: string): Promise<string> {
  const socket = createSocket('udp4')
  const sending = setInterval(() => socket.send(message, port, '127.0.0.1'), 20)
  try {
    const [answer] = await once(socket, 'message', { signal: AbortSignal.timeout(5000) })
    return String(answer)
  } finally {
    clearInterval(sending)
    socket.close()
  }
}

it('resolves names when a session starts, returns the session, and ends it', async () => {
  const port = await freePort()
  const retry = { retry_on: 'never', num_retries: 1, timeout: 2000 } as const
  await client.createListener({ name: 'l', spec: { protocol: 'UDP', port }, rules: 'rl', options: { track: 0 } })
  await client.createRuleList({ name: 'rl', rules: ['r'] })
  await client.createRule({ name: 'r', action: { route: 'ro' } })
  await client.createRoute({ name: 'ro', destination: 'echo', ingress: [], egress: [], retry })
  const echo = { name: 'echo', spec: { protocol: 'Echo' }, loadbalancer: { policy: 'Trivial' } } as const
  await client.createCluster(echo)
  expect(await echoed(port, 'hello')).toBe('hello')

  const session = (await client.sessions()).find(({ listener }) => listener === 'l')
  expect(session).toMatchObject({ cluster: 'echo', endpoint: 'echo', status: 'CONNECTED' })
  const name = session?.name ?? ''
  expect(await client.getSession(name)).toEqual(session)
  await client.deleteSession(name)
  await vi.waitFor(async () => expect(await client.getSession(name)).toBeUndefined())
})

it('includes the session of the request itself', async () => {
  const own = (await client.sessions()).find(({ listener }) => listener === 'controller-listener')
  expect(own?.name).toMatch(/^HTTP:/)
})
