/**
 * Random calls, including invalid ones, have the same responses and effects on the fake and the real proxy. Generated names
 * are not compared, because the proxy counts all objects of its lifetime.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { IMPLEMENTATIONS, type Running } from './implementations.ts'

type RawCall = { readonly method: string; readonly path: string; readonly body?: unknown }

/** Few names, so that calls collide; RUN is replaced by a unique id of the run. */
const name = fc.constantFrom('RUN-a', 'RUN-b', 'RUN-c', 'RUN/d', '2RUN')
const endpoint = fc.record({
  name,
  spec: fc.constantFrom({}, { address: '10.0.0.1' }, { address: '10.0.0.2', port: 1 }),
  weight: fc.constantFrom(0, 1, 5, undefined),
})
const cluster = fc.record(
  {
    name,
    spec: fc.constantFrom(
      { protocol: 'UDP', port: 1 },
      { protocol: 'TCP', port: 1, odd: true },
      { protocol: 'Echo', port: 1 },
      { protocol: 'Prometheus' },
      { protocol: 'Logger', log_prefix: 'x' },
      { protocol: 'Sync', query: '/a', odd: 1 },
      { protocol: 'JSONSocket', transport: { protocol: 'WebSocket', port: 1 } },
      { protocol: 'JSONSocket' },
      { protocol: 'SCTP' },
      {},
    ),
    loadbalancer: fc.constantFrom(
      { policy: 'Trivial' },
      { policy: 'ConsistentHash', key: '/a' },
      { policy: 'HashRing' },
      { policy: 'RoundRobin' },
      {},
    ),
    endpoints: fc.oneof(fc.array(endpoint, { maxLength: 3 }), fc.constant(2)),
  },
  { requiredKeys: ['name', 'spec'] },
)
const route = fc.record(
  {
    name,
    destination: fc.oneof(name, cluster),
    ingress: fc.array(fc.oneof(name, cluster), { maxLength: 2 }),
    egress: fc.constantFrom([], 'x', ['RUN-a']),
    retry: fc.constantFrom({ retry_on: 'always' }, { retry_on: 'never', num_retries: 3, timeout: 1 }, 'x'),
  },
  { requiredKeys: ['name'] },
)
const rule = fc.record(
  {
    name,
    match: fc.constantFrom('*', {}, { match: '*' }, { op: 'test', path: '/a', value: 1 }),
    action: fc.record(
      {
        route: fc.oneof(name, route, fc.constant(3)),
        apply: name,
        rewrite: fc.constant([{ path: '/a', value: 'b' }]),
        odd: name,
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['name'] },
)
const rulelist = fc.record({ name, rules: fc.array(fc.oneof(name, rule, fc.constant(3)), { maxLength: 3 }) })

const inFolder = (folder: string, of: string) => `/api/v1/${folder}/${encodeURIComponent(of)}`
const post = (path: string, body: unknown): RawCall => ({ method: 'POST', path, body })
const position = fc.oneof(fc.integer({ min: -1, max: 4 }).map(String), name, fc.constant('1.5'))

const call: fc.Arbitrary<RawCall> = fc.oneof(
  cluster.map(value => post('/api/v1/clusters', { cluster: value })),
  route.map(value => post('/api/v1/routes', { route: value })),
  rule.map(value => post('/api/v1/rules', { rule: value })),
  rulelist.map(value => post('/api/v1/rulelists', { rulelist: value })),
  fc.tuple(name, endpoint).map(([of, value]) => post(`${inFolder('clusters', of)}/endpoints`, { endpoint: value })),
  fc
    .tuple(name, fc.integer({ min: -1, max: 4 }), fc.oneof(name, rule))
    .map(([list, at, value]) => post(`${inFolder('rulelists', list)}/rules/${at}`, { rule: value })),
  fc
    .tuple(fc.constantFrom('GET', 'DELETE'), name, position)
    .map(([method, list, at]) => ({ method, path: `${inFolder('rulelists', list)}/rules/${encodeURIComponent(at)}` })),
  fc
    .tuple(
      fc.constantFrom('clusters', 'routes', 'rules', 'rulelists', 'endpoints', 'listeners', 'sessions'),
      name,
      fc.boolean(),
    )
    .map(([folder, of, recursive]) => ({
      method: 'DELETE',
      path: `${inFolder(folder, of)}?recursive=${recursive}`,
    })),
  fc
    .tuple(fc.constantFrom('clusters', 'routes', 'rules', 'rulelists', 'endpoints'), name)
    .map(([folder, of]) => ({ method: 'GET', path: inFolder(folder, of) })),
  name.map(of => ({ method: 'GET', path: `${inFolder('clusters', of)}/endpoints` })),
)

let proxies: Running[] = []
beforeAll(async () => {
  proxies = await Promise.all(
    IMPLEMENTATIONS.filter(({ name }) => name !== 'fake over HTTP').map(({ start }) => start()),
  )
})
afterAll(() => Promise.all(proxies.map(({ stop }) => stop())))

it('gets the same responses, and leaves the same objects', async () => {
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 5, maxLength: 30 }), async calls => {
      const id = `r${run++}`
      const [fake, real] = await Promise.all(proxies.map(proxy => play(proxy, calls, id)))
      expect(fake).toEqual(real)
    }),
    { numRuns: 100 },
  )
})

async function play(proxy: Running, calls: readonly RawCall[], id: string): Promise<unknown> {
  const answers = []
  for (const { method, path, body } of calls) {
    const text = body === undefined ? undefined : JSON.stringify(body).replaceAll('RUN', id)
    const answer = await proxy.raw(method, path.replaceAll('RUN', id), text)
    answers.push({ status: answer.status, ...JSON.parse(answer.text, withoutHalfMadeRoutes) })
  }
  const { text } = await proxy.raw('GET', '/api/v1/config')
  const {
    admin: _admin,
    sessions: _sessions,
    listeners: _listeners,
    ...config
  } = JSON.parse(text, withoutHalfMadeRoutes)
  const { text: clusters } = await proxy.raw('GET', '/api/v1/clusters?recursive=true')
  return { answers, config: mineIn(config, id), clusters: mineIn({ clusters: JSON.parse(clusters) }, id) }
}

/** A rule whose inline route failed keeps what was sent of it, with marks of the proxy's own in places. */
function withoutHalfMadeRoutes(key: string, value: unknown): unknown {
  return key === 'route' && typeof value === 'object' ? 'half made' : value
}

type Named = { readonly name: string }

function mineIn(lists: { readonly [kind: string]: readonly Named[] }, id: string): unknown {
  const mine = ({ name }: Named) => name.startsWith(`${id}-`) || name.startsWith(`${id}/`) || name === `2${id}`
  return Object.entries(lists).map(([kind, list]) => [kind, list.filter(mine)])
}
