import { expect, it, onTestFinished } from 'vitest'
import { type Credentials, type Listener, ProxyClient } from '../src/index.ts'
import { startFakeProxy } from '../src/testing/index.ts'

const LIST = { name: 'l', rules: [] }
const listener = (name: string): Listener => ({
  name,
  spec: { protocol: 'UDP', port: 5353 },
  rules: 'l',
  options: { track: 0 },
})

/** A proxy that requires a token, and a client with a provider of tokens. */
async function guarded(token: Credentials) {
  const world = { required: 'first', requests: 0 }
  const server = await startFakeProxy({
    token() {
      world.requests += 1
      return world.required
    },
  })
  const client = new ProxyClient({ origin: server.origin, token })
  onTestFinished(async () => {
    await client.close()
    await server.stop()
  })
  return { client, world, proxy: server.proxy }
}

it('uses a rotated token for the next call', async () => {
  let token = 'first'
  const { client, world } = await guarded(() => token)
  await client.createRuleList(LIST)
  token = 'second'
  world.required = 'second'
  await client.deleteObject('rulelist', 'l')
  expect(world.requests).toBe(2)
})

it('repeats a call with the new token if the old one is rejected', async () => {
  const { client, world } = await guarded(refused => (refused === undefined ? 'first' : 'second'))
  world.required = 'second'
  await client.createRuleList(LIST)
  expect(world.requests).toBe(2)
  expect(await client.rulelists.get('l')).toEqual(LIST)
})

it('does not repeat a call if there is no other token', async () => {
  const { client, world } = await guarded(() => 'wrong')
  await expect(client.getAdmin()).rejects.toMatchObject({ code: 'locked-out' })
  expect(world.requests).toBe(1)
})

it('repeats a call only once', async () => {
  let n = 0
  const { client, world } = await guarded(() => `wrong-${n++}`)
  await expect(client.getAdmin()).rejects.toMatchObject({ code: 'locked-out' })
  expect(world.requests).toBe(2)
})

it('repeats both requests of a replacement', async () => {
  const { client, world, proxy } = await guarded(refused => (refused === undefined ? 'first' : 'second'))
  world.required = 'second'
  await client.createRuleList(LIST)
  await client.createListener(listener('old'))
  await client.replaceListener('old', listener('new'))
  expect((await client.listeners.list()).map(({ name }) => name)).not.toContain('old')
  expect(proxy.received.filter(({ method }) => method === 'DELETE')).toHaveLength(1)
})

it('fails if the provider has no valid token', async () => {
  const { client, world } = await guarded(() => 'two words')
  const error = await client.getAdmin().catch(reason => reason)
  expect(error).toMatchObject({ code: 'locked-out' })
  expect(String(error)).not.toContain('two words')
  expect(world.requests).toBe(0)
})

it('redacts earlier tokens too', async () => {
  let token = 'first'
  const { client, world } = await guarded(() => token)
  const rule = { name: 'r', match: { op: 'test', path: '/a', value: 'Bearer first' }, action: {} } as const
  await client.createRule(rule)
  token = 'second'
  world.required = 'second'
  expect((await client.rules.get('r'))?.match).toMatchObject({ value: 'Bearer <token>' })
})
