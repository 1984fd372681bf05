import { describe, expect, it } from 'vitest'
import { readBack } from '../src/apply/read-back.ts'
import type { Reads } from '../src/apply/reads.ts'
import { type Cluster, type Config, EMPTY_CONFIG } from '../src/model.ts'
import { createCompare } from '../src/plan/compare.ts'
import { placedEndpoints } from '../src/plan/configs.ts'
import { intern } from '../src/plan/intern.ts'

const cluster = (name: string, address: string): Cluster => ({
  name,
  spec: { protocol: 'UDP', port: 53 },
  loadbalancer: { policy: 'Trivial' },
  endpoints: [{ name: `${name}/e`, spec: { address }, weight: 1 }],
})
const holding = (...clusters: readonly Cluster[]): Config => ({
  ...EMPTY_CONFIG,
  clusters: new Map(clusters.map(each => [each.name, each])),
})
/** Not of the mesh, on every proxy. */
const foreign = () => cluster('foreign', '192.0.2.1')
const desired = holding(cluster('a', '192.0.2.2'), cluster('b', '192.0.2.3'))
const asRead = (config: Config) => holding(...structuredClone([...config.clusters.values()]), foreign())

describe('proxies with equal configs', () => {
  it('share maps, including objects of others', () => {
    const compare = createCompare()
    const [one, two] = [desired, desired].map(config => intern(asRead(config), config, compare))
    expect(one?.clusters).toBe(two?.clusters)
    expect(one).toEqual(asRead(desired))
    expect(intern(one as Config, desired, compare).clusters).toBe(one?.clusters)
  })

  it('share the desired map if they have no other objects', () => {
    expect(intern(structuredClone(desired), desired, createCompare()).clusters).toBe(desired.clusters)
  })

  it('have their own maps if something differs', () => {
    const compare = createCompare()
    const marked = (text: string) => intern(holding(...desired.clusters.values(), cluster('m', text)), desired, compare)
    const [one, two] = [marked('192.0.2.8'), marked('192.0.2.9')]
    expect(one.clusters).not.toBe(two.clusters)
    expect(one.clusters.get('m')?.endpoints[0]?.spec.address).toBe('192.0.2.8')
    expect(two.clusters.get('m')?.endpoints[0]?.spec.address).toBe('192.0.2.9')
    // However often they take turns.
    expect(intern(one, desired, compare).clusters).toBe(one.clusters)
    expect(intern(two, desired, compare).clusters).toBe(two.clusters)
  })
})

describe('an edit that was read back', () => {
  const next = holding(cluster('a', '192.0.2.2'), cluster('b', '192.0.2.4'))
  const step = {
    id: 0,
    call: {
      op: 'create',
      kind: 'endpoint',
      object: { name: 'b/e', spec: { address: '192.0.2.4' }, weight: 1 },
      cluster: 'b',
    },
    needs: [],
  } as const

  /** After an edit of `b`, where a proxy answers that `b` is so. */
  async function after(found: Cluster | undefined) {
    const compare = createCompare()
    const live = intern(asRead(desired), next, compare)
    const get = async () => found
    const reads = { clusters: { get } } as unknown as Reads
    return {
      live,
      compare,
      read: () =>
        readBack({
          live,
          execution: { outcomes: [{ step, state: 'done' }], stopped: undefined },
          reads,
          desired: next,
          compare,
        }),
    }
  }

  it('is the same map on all proxies if it equals the desired one', async () => {
    const { compare, read } = await after(next.clusters.get('b'))
    const [one, two] = [await read(), await read()]
    expect(one.clusters).toBe(two.clusters)
    expect(one).toEqual(asRead(next))
    expect(compare.match(one.clusters, next.clusters)).toMatchObject({ missing: [], unequal: [], copies: [] })
  })

  it.each([
    ['it is not there', undefined],
    ['it is as it was', cluster('b', '192.0.2.3')],
  ])('is what the proxy said where %s', async (_, found) => {
    const { live, read } = await after(found)
    const { clusters } = await read()
    expect(clusters.get('b')).toEqual(found)
    expect([...clusters.keys()].filter(name => name !== 'b')).toEqual(
      [...live.clusters.keys()].filter(name => name !== 'b'),
    )
  })
})

it('endpoints are found in each map, in any order of lookups', () => {
  const { endpoints } = createCompare()
  const maps = [
    holding(cluster('a', '192.0.2.1'), cluster('b', '192.0.2.2')),
    holding(cluster('b', '192.0.2.3'), cluster('c', '192.0.2.4')),
    // The endpoint of `b` is in another cluster now.
    holding({ ...cluster('d', '192.0.2.5'), endpoints: cluster('b', '192.0.2.3').endpoints }),
    EMPTY_CONFIG,
  ]
  for (const { clusters } of [...maps, ...maps.toReversed(), ...maps])
    expect(endpoints(clusters)).toEqual(placedEndpoints(clusters.values()))
})

it('a Metric cluster without counter names equals the desired one', () => {
  const counting = (names: object): Cluster => ({
    name: 'counting',
    spec: { protocol: 'Metric', ...names },
    loadbalancer: { policy: 'Trivial' },
    endpoints: [],
  })
  const { same } = createCompare()
  const named = counting({ byteCounterName: 'bytes', packetCounterName: 'packets' })
  expect(same(named, counting({}))).toBe(true)
  expect(same(named, { ...counting({}), name: 'other' })).toBe(false)
})
