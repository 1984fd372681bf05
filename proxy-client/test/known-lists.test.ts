import { expect, it } from 'vitest'
import {
  createCompare,
  createProbe,
  type Driver,
  EMPTY_CONFIG,
  ExtendedMap,
  intern,
  KnownLists,
  l7mpDriver,
  MARKER,
  ProxyClient,
  type Response,
  readAll,
} from '../src/index.ts'
import { FakeProxy } from '../src/testing/index.ts'
import { type Service, withService } from './arbitrary.ts'

const service = (name: string, port: number): Service => ({
  name,
  listener: { protocol: 'UDP', port },
  track: 0,
  clusters: [{ spec: { protocol: 'UDP', port: 53 }, addresses: ['192.0.2.1'] }],
  order: [],
})
const DESIRED = withService(EMPTY_CONFIG, service('dns', 5353))
const compare = createCompare()
const pool = { desired: DESIRED, compare }
const MAPS = ['clusters', 'routes', 'rules', 'listeners'] as const

/** A proxy with the config DESIRED and this marker. */
async function filled(marker: string | undefined) {
  const fake = new FakeProxy()
  const client = new ProxyClient({ origin: 'http://fake', transport: fake.transport() })
  for (const cluster of DESIRED.clusters.values()) {
    await client.createCluster(cluster)
    for (const endpoint of cluster.endpoints) await client.createEndpoint(cluster.name, endpoint)
  }
  for (const route of DESIRED.routes.values()) await client.createRoute(route)
  for (const rule of DESIRED.rules.values()) await client.createRule(rule)
  if (marker !== undefined) await client.createRuleList({ name: MARKER, rules: [marker] })
  for (const list of DESIRED.rulelists.values()) await client.createRuleList(list)
  for (const listener of DESIRED.listeners.values()) await client.createListener(listener)
  return { fake, client }
}

function driverOf(client: ProxyClient, lists: KnownLists): Driver {
  return l7mpDriver({ calls: client, reads: client, client, probe: createProbe('127.0.0.1'), lists })
}

it('returns the same maps for proxies with equal configs, regardless of their markers', async () => {
  const lists = new KnownLists()
  const [a, b] = [await filled('a'), await filled('b')]
  const one = await driverOf(a.client, lists).read({ pool })
  const two = await driverOf(b.client, lists).read({ pool })
  for (const kind of MAPS) expect(one[kind]).toBe(two[kind])
  expect(one.rulelists.get(MARKER)?.rules).toEqual(['a'])
  expect(two.rulelists.get(MARKER)?.rules).toEqual(['b'])
  const [live, other] = [one, two].map(config => intern(config, DESIRED, compare))
  expect(live?.rulelists instanceof ExtendedMap && live.rulelists.base).toBe(
    other?.rulelists instanceof ExtendedMap && other.rulelists.base,
  )
})

it.each([undefined, 'a', '', 'not an "id"'])(
  'returns the same as without interning, with the marker %j',
  async marker => {
    const { client } = await filled(marker)
    const lists = new KnownLists()
    // Similar configs of others were read before.
    for (const other of ['', 'b', undefined]) await driverOf((await filled(other)).client, lists).read({ pool })
    const config = await driverOf(client, lists).read({ pool })
    const expected = await readAll(client)
    for (const kind of MAPS) expect(config[kind]).toEqual(expected[kind])
    expect(new Map(config.rulelists)).toEqual(expected.rulelists)
    expect(config.rulelists.size).toBe(expected.rulelists.size)
  },
)

it('detects every difference', async () => {
  const lists = new KnownLists()
  const [a, b] = [await filled('a'), await filled('b')]
  await driverOf(a.client, lists).read({ pool })
  const [cluster = ''] = DESIRED.clusters.keys()
  await b.client.createEndpoint(cluster, { name: 'other', spec: { address: '192.0.2.9' }, weight: 1 })
  await b.client.createRuleList({ name: 'other', rules: [] })
  const config = await driverOf(b.client, lists).read({ pool })
  expect(config.clusters.get(cluster)?.endpoints.map(({ name }) => name)).toContain('other')
  expect(config.rulelists.has('other')).toBe(true)
  const again = await driverOf(a.client, lists).read({ pool })
  expect(again.clusters.get(cluster)?.endpoints.map(({ name }) => name)).not.toContain('other')
  expect(again.rulelists.has('other')).toBe(false)
})

it('does not confuse texts of different kinds', async () => {
  const lists = new KnownLists()
  // All lists of an empty proxy have one text.
  const body = '[]'
  const readList = async <T>(_kind: string, decode: (body: Response['body']) => T) => decode(body)
  const config = await lists.read(readList, pool)
  expect(new Set(Object.values(config)).size).toBe(5)
})

it('uses the objects of the pool', async () => {
  const { client } = await filled('a')
  const config = await driverOf(client, new KnownLists()).read({ pool })
  for (const [name, cluster] of DESIRED.clusters) expect(config.clusters.get(name)).toBe(cluster)
})

it('redacts the token of each proxy', async () => {
  const lists = new KnownLists()
  const bodyOf = (token: string) => [{ name: 'guard', match: { op: 'test', value: `Bearer ${token}` }, action: {} }]
  const read = async (token: string) => {
    const send = async ({ target }: { readonly target: string }) => ({
      status: 200,
      body: target.includes('/rules?') ? JSON.stringify(bodyOf(token)) : '[]',
    })
    const transport = { send, onDisconnect: () => () => {}, close: async () => {} }
    return driverOf(new ProxyClient({ origin: 'http://fake', transport, token }), lists).read({ pool })
  }
  const [one, two] = [await read('first'), await read('second')]
  expect(one.rules.get('guard')?.match).toEqual({ op: 'test', value: 'Bearer <token>' })
  expect(two.rules).toBe(one.rules)
})

it('reports a response that is not a list as a proxy fault', async () => {
  const transport = {
    send: async () => ({ status: 200, body: '{}' }),
    onDisconnect: () => () => {},
    close: async () => {},
  }
  const client = new ProxyClient({ origin: 'http://fake', transport })
  await expect(driverOf(client, new KnownLists()).read({ pool })).rejects.toMatchObject({ code: 'proxy-fault' })
})
