import { describe, expect, it } from 'vitest'
import { type Cluster, type Config, EMPTY_CONFIG, type Endpoint } from '../model.ts'
import { HARDENED } from '../names.ts'
import { createCompare } from '../plan/compare.ts'
import { adapted, leftOut } from './adapt.ts'
import { CAPABILITIES } from './capabilities.ts'

const endpoint = (name: string, port?: number): Endpoint => ({
  name,
  spec: { address: name, ...(port !== undefined && { port }) },
  weight: 1,
})
const cluster = (name: string, ...endpoints: Endpoint[]): Cluster => ({
  name,
  spec: { protocol: 'UDP', port: 5060 },
  loadbalancer: { policy: 'HashRing' },
  endpoints,
})
const configOf = (...clusters: Cluster[]): Config => ({
  ...EMPTY_CONFIG,
  clusters: new Map(clusters.map(one => [one.name, one])),
})
const compare = createCompare()
const able: Config = { ...EMPTY_CONFIG, rulelists: new Map([[HARDENED, { name: HARDENED, rules: CAPABILITIES }]]) }
const old: Config = { ...EMPTY_CONFIG, rulelists: new Map([[HARDENED, { name: HARDENED, rules: [] }]]) }

describe('an endpoint with a port of its own', () => {
  const config = configOf(cluster('mixed', endpoint('a'), endpoint('b', 5061)), cluster('plain', endpoint('c')))

  it('is for a proxy that connects it there', () => {
    expect(adapted(config, able, compare)).toBe(config)
    expect(leftOut(config, able, compare).size).toBe(0)
  })

  it.each([
    ['without a preload', EMPTY_CONFIG],
    ['with an older one', old],
  ])('is left out on a proxy %s', (_, live) => {
    const { clusters } = adapted(config, live, compare)
    expect(clusters.get('mixed')?.endpoints).toEqual([endpoint('a')])
    expect(clusters.get('plain')).toBe(config.clusters.get('plain'))
    expect([...leftOut(config, live, compare).keys()]).toEqual(['b'])
  })

  it('costs nothing where there is none', () => {
    const plain = configOf(cluster('plain', endpoint('c')))
    expect(adapted(plain, old, compare)).toBe(plain)
  })

  it('makes one map for all proxies that are alike', () => {
    expect(adapted(config, old, compare).clusters).toBe(adapted(config, EMPTY_CONFIG, compare).clusters)
  })
})
