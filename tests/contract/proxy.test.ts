/**
 * The contract of an l7mp 0.5.7 proxy on which l7mesh relies, as seen by a client. The same cases run against the fake and
 * the real proxy, so that tests with the fake are valid.
 */
import type { Cluster, Json, Listener, ProxyErrorCode, Route, Rule } from '@l7mesh/proxy-client'
import { CAPABILITIES, capabilitiesOf, normalCluster, ProxyError, readAll } from '@l7mesh/proxy-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../support/real-proxy.ts'
import { IMPLEMENTATIONS, type Running } from './implementations.ts'

const RETRY = { retry_on: 'never', num_retries: 1, timeout: 2000 } as const

let serial = 0
/** A unique name. */
const fresh = (base = 'x') => `${base}-${serial++}`

const cluster = (name: string, more: Partial<Cluster> = {}): Cluster => ({
  name,
  spec: { protocol: 'UDP', port: 5000 },
  loadbalancer: { policy: 'Trivial' },
  endpoints: [],
  ...more,
})
const endpoint = (name: string, address = '10.0.0.1', weight = 1) => ({ name, spec: { address }, weight })
const route = (name: string): Route => ({ name, destination: 'gone', ingress: [], egress: [], retry: RETRY })

/** `already-defined`, or 'none' if the call succeeded. */
async function codeOf(call: Promise<unknown>): Promise<ProxyErrorCode | 'none'> {
  return call.then(
    () => 'none',
    error => (error instanceof ProxyError ? error.code : Promise.reject(error)),
  )
}

/** Printable ASCII with a meaning in URLs, JSON or shells, and names with a meaning in JavaScript. */
const ODD_NAMES = [
  ...'/:@#%?+&,;*~{}\'"\\.|^`<>[]()!$='.split(''),
  '%2F',
  '%',
  '%E0%A4%A',
  '..',
  '/lead',
  'trail/',
  'a//b',
  '0',
  '10',
  '2nd',
  '__proto__',
  'constructor',
  '/apis/l7mp.io/v1/namespaces/default/targets/t@0123456789/10.0.0.1',
  'n'.repeat(250),
]

const CLUSTERS: readonly Omit<Cluster, 'name'>[] = [
  cluster('', { spec: { protocol: 'UDP', port: 5000, bind: { address: '127.0.0.1', port: 4000 } } }),
  cluster('', { spec: { protocol: 'TCP', port: 5000 } }),
  cluster('', {
    spec: { protocol: 'WebSocket', port: 5000 },
    loadbalancer: { policy: 'HashRing', key: '/IP/src_addr' },
  }),
  cluster('', { spec: { protocol: 'UnixDomainSocket' }, loadbalancer: { policy: 'HashRing' } }),
  cluster('', {
    spec: {
      protocol: 'JSONSocket',
      transport: { protocol: 'UDP', port: 5000 },
      header: [{ path: { from: '/IP', to: '/' } }, { set: { key: '/a', value: 'b' } }],
    },
  }),
  cluster('', { spec: { protocol: 'Echo' } }),
  cluster('', { spec: { protocol: 'Discard' } }),
  cluster('', { spec: { protocol: 'JSONEncap' } }),
  cluster('', { spec: { protocol: 'JSONDecap' } }),
  cluster('', { spec: { protocol: 'Prometheus' } }),
  cluster('', { spec: { protocol: 'Metric' } }),
  cluster('', { spec: { protocol: 'Metric', byteCounterName: 'bytes_total', packetCounterName: 'packets_total' } }),
  cluster('', { spec: { protocol: 'Stdio' } }),
  cluster('', { spec: { protocol: 'Logger', log_file: '-', log_prefix: 'p' } }),
  cluster('', { spec: { protocol: 'Sync', query: '/IP/src_addr' } }),
]

const RULES: readonly Omit<Rule, 'name'>[] = [
  { action: {} },
  { action: { route: 'gone' } },
  { action: { apply: 'gone' } },
  { match: { op: 'test', path: '/IP/src_addr', value: 'x' }, action: { route: 'gone' } },
  {
    match: { op: 'and', apply: [{ op: 'defined', path: '/é' }] },
    action: { rewrite: [{ path: '/a', value: { b: [1] } }] },
  },
]

describe.each(IMPLEMENTATIONS)('the $name proxy', ({ name: implementation, start }) => {
  let proxy: Running
  beforeAll(async () => {
    proxy = await start()
  })
  afterAll(() => proxy.stop())
  /** The content of the response to a body that the client would not send. */
  const post = async (path: string, body: Json) => {
    const { status, text } = await proxy.raw('POST', `/api/v1/${path}`, JSON.stringify(body))
    return { status, content: JSON.parse(text).content }
  }

  describe('reads objects back in normal form', () => {
    it.each(CLUSTERS)('a cluster of $spec.protocol', async content => {
      const wanted = { ...content, name: fresh() }
      await proxy.client.createCluster(wanted)
      expect(await proxy.client.clusters.get(wanted.name)).toEqual(normalCluster(wanted))
      expect(await proxy.client.clusters.list()).toContainEqual(normalCluster(wanted))
    })

    it.each(RULES)('the rule %j', async content => {
      const wanted = { ...content, name: fresh() }
      await proxy.client.createRule(wanted)
      expect(await proxy.client.rules.get(wanted.name)).toEqual(wanted)
      expect(await proxy.client.rules.list()).toContainEqual(wanted)
    })

    it('a route, complete', async () => {
      const wanted = { ...route(fresh()), ingress: ['a', 'b'], egress: ['c'], retry: { ...RETRY, num_retries: 7 } }
      await proxy.client.createRoute(wanted)
      expect(await proxy.client.routes.get(wanted.name)).toEqual(wanted)
      expect(await proxy.client.routes.list()).toContainEqual(wanted)
    })

    it('a rulelist with missing and duplicate rules', async () => {
      const wanted = { name: fresh(), rules: ['gone', 'other', 'gone'] }
      await proxy.client.createRuleList(wanted)
      expect(await proxy.client.rulelists.get(wanted.name)).toEqual(wanted)
      expect(await proxy.client.rulelists.list()).toContainEqual(wanted)
    })

    it.each(['UDP', 'TCP', 'HTTP', 'WebSocket'] as const)('a listener of %s', async protocol => {
      const port = await freePort()
      const wanted: Listener = { name: fresh(), spec: { protocol, port }, rules: 'gone', options: { track: 3 } }
      await proxy.client.createListener(wanted)
      expect(await proxy.client.listeners.get(wanted.name)).toEqual(wanted)
      expect(await proxy.client.listeners.list()).toContainEqual(wanted)
      await proxy.client.deleteObject('listener', wanted.name)
      expect(await proxy.client.listeners.get(wanted.name)).toBeUndefined()
    })

    it('a listener of JSONSocket over UDP', async () => {
      const transport = { protocol: 'UDP', port: await freePort() } as const
      const wanted: Listener = {
        name: fresh(),
        spec: { protocol: 'JSONSocket', transport },
        rules: 'r',
        options: { track: 0 },
      }
      await proxy.client.createListener(wanted)
      expect(await proxy.client.listeners.get(wanted.name)).toEqual(wanted)
      await proxy.client.deleteObject('listener', wanted.name)
    })

    it('all of it at once', async () => {
      const { name } = cluster(fresh())
      await proxy.client.createCluster(cluster(name))
      await proxy.client.createEndpoint(name, endpoint(`${name}-e`))
      const config = await readAll(proxy.client)
      expect(config.clusters.get(name)).toEqual(cluster(name, { endpoints: [endpoint(`${name}-e`)] }))
      expect([...config.rulelists.keys()]).toContain('controller-listener-RuleList-0')
      const dump = await proxy.client.getDump()
      expect(dump.endpoints).toContainEqual(endpoint(`${name}-e`))
      expect(dump.admin).toMatchObject({ strict: false })
      expect(await proxy.client.getAdmin()).toEqual(dump.admin)
    })
  })

  it('fills in defaults', async () => {
    const name = fresh()
    await post('routes', { route: { name, destination: 'gone' } })
    await post('clusters', {
      cluster: { name, spec: { protocol: 'UDP', port: 1 }, loadbalancer: { policy: 'ConsistentHash' } },
    })
    expect(await proxy.client.routes.get(name)).toEqual(route(name))
    const { text } = await proxy.raw('GET', `/api/v1/clusters/${name}`)
    expect(JSON.parse(text)).toEqual({
      name,
      spec: { protocol: 'UDP', port: 1 },
      endpoints: 0,
      loadbalancer: { policy: 'HashRing', key: '<RANDOM>' },
    })
  })

  describe('names', () => {
    it.each(ODD_NAMES)('accepts the name %j for every kind', async name => {
      const { client } = proxy
      await client.createCluster(cluster(name))
      await client.createEndpoint(name, endpoint(name))
      await client.createRoute(route(name))
      await client.createRule({ name, action: {} })
      await client.createRuleList({ name, rules: [name] })
      expect(await client.endpoints(name)).toEqual([endpoint(name)])
      expect(await client.endpointExists(name)).toBe(true)
      expect(await client.getRuleAt(name, 0)).toEqual({ name, action: {} })
      for (const kind of ['endpoint', 'cluster', 'route', 'rule', 'rulelist'] as const)
        await client.deleteObject(kind, name)
      for (const reader of [client.clusters, client.routes, client.rules, client.rulelists])
        expect(await reader.get(name)).toBeUndefined()
    })

    it.each(['', 'a b', 'a\n', '\u00a0', 'é', '名', '\ud800'])('is never sent the name %j', async name => {
      expect(await codeOf(proxy.client.createRuleList({ name, rules: [] }))).toBe('invalid')
      expect(await codeOf(proxy.client.deleteObject('rule', name))).toBe('invalid')
      expect(await codeOf(proxy.client.rules.get(name))).toBe('invalid')
    })

    it('generates names for inline objects, and leaks them', async () => {
      const name = fresh('tree')
      const rules = [{ action: { route: { destination: { spec: { protocol: 'Echo' } } } } }]
      const port = await freePort()
      expect(await post('listeners', { listener: { name, spec: { protocol: 'UDP', port }, rules } })).toMatchObject({
        status: 200,
      })
      const list = await proxy.client.listeners.get(name)
      expect(list?.rules).toMatch(new RegExp(`^${name}-RuleList-\\d+$`))
      const [rule] = (await proxy.client.rulelists.get(list?.rules ?? ''))?.rules ?? []
      expect(rule).toMatch(new RegExp(`^${name}-RuleList-\\d+-Rule-\\d+$`))
      const { action } = (await proxy.client.rules.get(rule ?? '')) ?? {}
      expect(action?.route).toMatch(new RegExp(`^${rule}-Route-\\d+$`))
      const { destination } = (await proxy.client.routes.get(action?.route ?? '')) ?? {}
      expect(destination).toMatch(new RegExp(`^${action?.route}-Cluster-\\d+$`))
      await proxy.client.deleteObject('listener', name)
      expect(await proxy.client.rules.get(rule ?? '')).toMatchObject({ name: rule })
      expect(await proxy.client.clusters.get(destination ?? '')).toMatchObject({ name: destination })
    })

    it.each(CLUSTERS)(
      'a tree down to a cluster of $spec.protocol, as if each had been created by itself',
      async content => {
        const { client } = proxy
        const [below, name, other] = [{ ...content, name: fresh(), endpoints: [] }, fresh('tree'), fresh('tree')]
        const way = { ...route(name), destination: below.name, ingress: ['a'], retry: { ...RETRY, num_retries: 7 } }
        const first = { name, match: { op: 'defined', path: '/a' }, action: { route: name } }
        const second = { name: other, action: { rewrite: [{ path: '/a', value: 1 }], route: other } }
        const rulelist = { name, rules: [name, 'gone', other] }
        await client.createTree({ rulelist, rules: [first, second], routes: [way, route(other)], clusters: [below] })
        expect(await client.rulelists.get(name)).toEqual(rulelist)
        expect([await client.rules.get(name), await client.rules.get(other)]).toEqual([first, second])
        expect([await client.routes.get(name), await client.routes.get(other)]).toEqual([way, route(other)])
        expect(await client.clusters.get(below.name)).toEqual(normalCluster(below))
        const tree = { rules: [first, second], routes: [way, route(other)], clusters: [normalCluster(below)] }
        expect(await client.trees.get(name)).toEqual({ rulelist, ...tree })
        // Each can go alone.
        for (const kind of ['rulelist', 'rule', 'route'] as const) await client.deleteObject(kind, name)
        expect(await client.clusters.get(below.name)).toEqual(normalCluster(below))
        await client.deleteObject('cluster', below.name)
        expect(await client.rules.get(other)).toEqual(second)
      },
    )

    it('a tree whose cluster has endpoints, and one with a missing cluster', async () => {
      const { client } = proxy
      const name = fresh('tree')
      const [below, way] = [cluster(name, { endpoints: [endpoint(fresh()), endpoint(fresh())] }), route(name)]
      await client.createCluster(below)
      for (const each of below.endpoints) await client.createEndpoint(name, each)
      const [rule, rulelist] = [
        { name, action: { route: name, apply: name } },
        { name, rules: [name] },
      ]
      const led = { ...way, destination: 'gone', ingress: [name], egress: [name] }
      expect(await codeOf(client.createTree({ rulelist, rules: [rule], routes: [led], clusters: [below] }))).toBe(
        'not-sent',
      )
      await client.createTree({ rulelist, rules: [rule], routes: [led], clusters: [] })
      expect(await client.trees.get(name)).toEqual({ rulelist, rules: [rule], routes: [led], clusters: [below] })
      expect(await client.trees.get(fresh())).toBeUndefined()
    })

    it.each([
      ['goes', 'Echo', false],
      ['stays, for no reason', 'Prometheus', true],
    ])('a cluster that came with a route %s when that goes recursively: %s', async (_, protocol, stays) => {
      const name = fresh()
      await post('routes', { route: { name, destination: { name, spec: { protocol } } } })
      expect((await proxy.raw('DELETE', `/api/v1/routes/${name}?recursive=true`)).status).toBe(200)
      expect((await proxy.client.clusters.get(name)) !== undefined).toBe(stays)
    })
  })

  describe('rejects', () => {
    it('a name in use, without changes', async () => {
      const { client } = proxy
      const name = fresh()
      const creations = [
        (port: number) => client.createCluster(cluster(name, { spec: { protocol: 'UDP', port } })),
        (port: number) => client.createEndpoint(name, endpoint(name, `10.0.0.${port}`)),
        (num_retries: number) => client.createRoute({ ...route(name), retry: { ...RETRY, num_retries } }),
        (n: number) => client.createRule({ name, action: { route: `${n}` } }),
        (n: number) => client.createRuleList({ name, rules: [`${n}`] }),
      ]
      for (const create of creations) {
        expect(await codeOf(create(1))).toBe('none')
        expect(await codeOf(create(2))).toBe('already-defined')
      }
      expect(await client.clusters.get(name)).toEqual(
        cluster(name, { spec: { protocol: 'UDP', port: 1 }, endpoints: [endpoint(name, '10.0.0.1')] }),
      )
      expect(await client.rulelists.get(name)).toEqual({ name, rules: ['1'] })
    })

    it.each(['cluster', 'route', 'rule'] as const)(
      'a tree in which the name of a %s is in use, without leaving parts',
      async kind => {
        const { client } = proxy
        const [name, below] = [fresh('tree'), cluster(fresh(), { spec: { protocol: 'Echo' } })]
        const way = { ...route(name), destination: below.name }
        const rule = { name, action: { route: name } }
        const [taken] = {
          cluster: [() => client.createCluster(below)],
          route: [() => client.createRoute({ ...way, destination: 'other' })],
          rule: [() => client.createRule({ name, action: {} })],
        }[kind]
        await taken?.()
        const rulelist = { name, rules: [name] }
        expect(await codeOf(client.createTree({ rulelist, rules: [rule], routes: [way], clusters: [below] }))).toBe(
          'already-defined',
        )
        expect(await client.rulelists.get(name)).toBeUndefined()
        expect(await client.rules.get(name)).toBeUndefined()
      },
    )

    it('a tree whose rulelist exists, which is not changed', async () => {
      const { client } = proxy
      const name = fresh('tree')
      const rule = { name, action: {} }
      await client.createRule(rule)
      await client.createRuleList({ name, rules: [name] })
      const tree = { rulelist: { name, rules: [name] }, rules: [rule], routes: [], clusters: [] }
      expect(await codeOf(client.createTree(tree))).toBe('already-defined')
      expect(await client.rulelists.get(name)).toEqual({ name, rules: [name] })
      expect(await client.rules.get(name)).toEqual(rule)
    })

    it('a listener whose name is in use', async () => {
      const listener: Listener = {
        name: fresh(),
        spec: { protocol: 'UDP', port: await freePort() },
        rules: 'r',
        options: { track: 0 },
      }
      await proxy.client.createListener(listener)
      expect(await codeOf(proxy.client.createListener(listener))).toBe('already-defined')
      await proxy.client.deleteObject('listener', listener.name)
    })

    it.each(['cluster', 'endpoint', 'route', 'rule', 'rulelist', 'listener'] as const)(
      'to the deletion of a %s that is not there',
      async kind => expect(await codeOf(proxy.client.deleteObject(kind, 'gone'))).toBe('not-found'),
    )

    it('all other calls for missing objects', async () => {
      const { client } = proxy
      expect(await codeOf(client.createEndpoint('gone', endpoint(fresh())))).toBe('not-found')
      expect(await codeOf(client.endpoints('gone'))).toBe('not-found')
      expect(await client.endpointExists('gone')).toBe(false)
      expect(await codeOf(client.insertRule('gone', 0, 'r'))).toBe('not-found')
      expect(await codeOf(client.removeRuleAt('gone', 0))).toBe('not-found')
      expect(await codeOf(client.getRuleAt('gone', 0))).toBe('not-found')
      expect(await client.getSession('UDP:gone')).toBeUndefined()
      expect(await codeOf(client.deleteSession('UDP:gone'))).toBe('not-found')
    })

    it('an endpoint whose name is in use in another cluster', async () => {
      const [one, other, name] = [fresh(), fresh(), fresh()]
      await proxy.client.createCluster(cluster(one))
      await proxy.client.createCluster(cluster(other))
      await proxy.client.createEndpoint(one, endpoint(name))
      expect(await codeOf(proxy.client.createEndpoint(other, endpoint(name)))).toBe('already-defined')
      await proxy.client.deleteObject('cluster', one)
      expect(await codeOf(proxy.client.createEndpoint(other, endpoint(name)))).toBe('none')
    })

    it('an endpoint of a virtual cluster', async () => {
      const name = fresh()
      await proxy.client.createCluster(cluster(name, { spec: { protocol: 'Echo' } }))
      expect(await codeOf(proxy.client.createEndpoint(name, endpoint(fresh())))).toBe('invalid')
    })

    it.each([
      ['clusters', { cluster: { name: 'a b', spec: {} } }, 'Cannot add cluster: Property name is invalid'],
      ['clusters', { cluster: { name: 'c' } }, 'Cannot add cluster: Property spec is required'],
      ['clusters', { cluster: { name: 'c', spec: { protocol: 'HTTP' } } }, 'HTTPCluster is not defined'],
      [
        'clusters',
        { cluster: { name: 'c', spec: { protocol: 'X' } } },
        'Cluster.create: TODO: Protocol "X" unimplemented',
      ],
      ['rulelists', { rulelist: { name: 'c', rules: 'r' } }, 'Cannot add RuleList: Property rules is invalid'],
      ['rules', { rule: { name: 'c' } }, 'Cannot add rule: Property action is required'],
      ['routes', { route: { name: 'c' } }, 'Cannot add route: Invalid destination'],
      [
        'listeners',
        { listener: { name: 'c', spec: { protocol: 'X' }, rules: 'r' } },
        'Listener.create:Unknown protocol: "X"',
      ],
      ['listeners', {}, 'Cannot add listener: An object (a set of key-value pairs) is expected'],
    ])('to POST %s of %j', async (path, body, content) => {
      expect(await post(path, body)).toEqual({ status: 400, content })
    })

    it('unknown calls', async () => {
      expect((await proxy.raw('GET', '/api/v1/endpoints')).status).toBe(404)
      expect((await proxy.raw('PUT', '/api/v1/clusters', '{}')).status).toBe(404)
    })

    it('bodies of another content type', async () => {
      const answer = await proxy.raw('POST', '/api/v1/rules', '{}', 'application/json; charset=utf-8')
      expect(answer.status).toBe(500)
      expect(JSON.parse(answer.text).content).toBe(415)
    })
  })

  describe('rulelists', () => {
    const filled = async (...rules: string[]) => {
      const name = fresh()
      await proxy.client.createRuleList({ name, rules })
      return name
    }
    const rulesOf = async (name: string) => (await proxy.client.rulelists.get(name))?.rules

    it('inserts at any position up to the length', async () => {
      const name = await filled('a', 'b')
      await proxy.client.insertRule(name, 0, 'first')
      await proxy.client.insertRule(name, 3, 'last')
      await proxy.client.insertRule(name, 1, 'a')
      expect(await rulesOf(name)).toEqual(['first', 'a', 'a', 'b', 'last'])
      expect(await codeOf(proxy.client.insertRule(name, 6, 'far'))).toBe('invalid')
    })

    it('removes by position, and by name the first occurrence', async () => {
      const name = await filled('a', 'b', 'c', 'b')
      await proxy.client.removeRuleByName(name, 'b')
      expect(await rulesOf(name)).toEqual(['a', 'c', 'b'])
      await proxy.client.removeRuleAt(name, 1)
      expect(await rulesOf(name)).toEqual(['a', 'b'])
      expect(await codeOf(proxy.client.removeRuleByName(name, 'gone'))).toBe('not-found')
      expect(await codeOf(proxy.client.removeRuleAt(name, 3))).toBe('not-found')
    })

    it('reports success for a removal after the last rule, without an effect', async () => {
      const name = await filled('a')
      await proxy.client.removeRuleAt(name, 1)
      expect(await rulesOf(name)).toEqual(['a'])
    })

    it('interprets a rule name that starts like a number as a position', async () => {
      const name = await filled('a', '2nd')
      expect((await proxy.raw('DELETE', `/api/v1/rulelists/${name}/rules/2nd`)).status).toBe(200)
      expect(await rulesOf(name)).toEqual(['2nd'])
      expect(await codeOf(proxy.client.removeRuleByName(name, '2nd'))).toBe('not-sent')
    })

    it('returns the rule at a position, if there is one', async () => {
      const rule = { name: fresh(), action: {} }
      await proxy.client.createRule(rule)
      const name = await filled(rule.name, 'gone')
      expect(await proxy.client.getRuleAt(name, 0)).toEqual(rule)
      expect(await codeOf(proxy.client.getRuleAt(name, 1))).toBe('not-found')
      expect(await codeOf(proxy.client.getRuleAt(name, 2))).toBe('not-found')
    })
  })

  it('keeps objects that refer to a deleted one', async () => {
    const name = fresh()
    await proxy.client.createCluster(cluster(name))
    await proxy.client.createEndpoint(name, endpoint(name))
    await proxy.client.createRoute({ ...route(name), destination: name })
    await proxy.client.deleteObject('cluster', name)
    expect(await proxy.client.endpointExists(name)).toBe(false)
    expect((await proxy.client.routes.get(name))?.destination).toBe(name)
  })

  it('keeps a cluster that it rejected because of its endpoints', async () => {
    const name = fresh()
    const body = { cluster: { name, spec: { protocol: 'UDP', port: 1 }, endpoints: 3 } }
    expect(await post('clusters', body)).toEqual({ status: 400, content: 'c.endpoints is not iterable' })
    expect(await proxy.client.clusters.get(name)).toEqual(cluster(name, { spec: { protocol: 'UDP', port: 1 } }))
  })

  it('keeps the rule whose inline route it rejected', async () => {
    const name = fresh()
    expect((await post('rules', { rule: { name, action: { route: { destination: 3 } } } })).status).toBe(400)
    expect(await proxy.client.rules.get(name)).toMatchObject({ name })
  })

  it('replaces a listener on its port', async () => {
    const port = await freePort()
    const listener = (name: string): Listener => ({
      name,
      spec: { protocol: 'TCP', port },
      rules: 'r',
      options: { track: 0 },
    })
    const [old, successor] = [listener(fresh()), listener(fresh())]
    await proxy.client.createListener(old)
    await proxy.client.replaceListener(old.name, successor)
    expect(await proxy.client.listeners.get(old.name)).toBeUndefined()
    expect(await proxy.client.listeners.get(successor.name)).toEqual(successor)
    const failure = await proxy.client.replaceListener('gone', successor).catch(error => error)
    expect(failure).toMatchObject({ code: 'already-defined', call: { method: 'POST' } })
    await proxy.client.deleteObject('listener', successor.name)
  })

  describe(`a port in use (${implementation === 'real' ? 'by a socket' : 'as the test says'})`, () => {
    const listener = (protocol: 'UDP' | 'TCP' | 'HTTP' | 'WebSocket', port: number): Listener => ({
      name: fresh(),
      spec: { protocol, port },
      rules: 'r',
      options: { track: 0 },
    })

    it('is an error for UDP, without a listener, until it is free', async () => {
      const { port, free } = await proxy.occupy('udp')
      const wanted = listener('UDP', port)
      expect(await codeOf(proxy.client.createListener(wanted))).toBe('address-in-use')
      expect(await proxy.client.listeners.get(wanted.name)).toBeUndefined()
      await free()
      expect(await codeOf(proxy.client.createListener(wanted))).toBe('none')
      await proxy.client.deleteObject('listener', wanted.name)
    })

    it.each(['TCP', 'HTTP', 'WebSocket'] as const)('is none for %s, and the listener is listed', async protocol => {
      const { port, free } = await proxy.occupy('tcp')
      const wanted = listener(protocol, port)
      expect(await codeOf(proxy.client.createListener(wanted))).toBe('none')
      expect(await proxy.client.listeners.get(wanted.name)).toEqual(wanted)
      await proxy.client.deleteObject('listener', wanted.name)
      await free()
    })

    it('may be shared by two UDP listeners', async () => {
      const port = await freePort()
      const both = [listener('UDP', port), listener('UDP', port)]
      for (const one of both) expect(await codeOf(proxy.client.createListener(one))).toBe('none')
      for (const { name } of both) await proxy.client.deleteObject('listener', name)
    })
  })

  it('lists the capabilities of its preload', async () => {
    expect(capabilitiesOf(await readAll(proxy.client))).toEqual(new Set(CAPABILITIES))
    await proxy.restart()
    expect(capabilitiesOf(await readAll(proxy.client))).toEqual(new Set(CAPABILITIES))
  })

  it('has only its static config after a restart', async () => {
    await proxy.client.createRuleList({ name: 'lost', rules: [] })
    await proxy.restart()
    const config = await readAll(proxy.client)
    expect([...config.rulelists.keys()].toSorted()).toEqual([
      '/apis/l7mp.io/v1/hardened',
      'controller-listener-RuleList-0',
    ])
    expect([...config.listeners.keys()]).toEqual(['controller-listener'])
    expect([...config.clusters.keys()]).toEqual(['l7mp-controller'])
    expect([...config.rules.keys()]).toEqual(['controller-listener-RuleList-0-Rule-0'])
    expect([...config.routes.keys()]).toEqual(['controller-listener-RuleList-0-Rule-0-Route-0'])
  })

  it('locks out all clients when it loses its controller objects', async () => {
    expect(await codeOf(proxy.client.deleteObject('cluster', 'l7mp-controller'))).toBe('not-sent')
    expect((await proxy.raw('DELETE', '/api/v1/clusters/l7mp-controller')).status).toBe(200)
    expect(await codeOf(proxy.client.getAdmin())).toBe('locked-out')
    expect(await codeOf(proxy.client.createRule({ name: 'r', action: {} }))).toBe('locked-out')
    expect(await codeOf(proxy.client.getAdmin())).toBe('locked-out')
  })
})
