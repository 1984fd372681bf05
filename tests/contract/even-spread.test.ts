/** The fix `even-spread` on the load balancer of the proxy, without a proxy, which is fast enough for many sessions. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { proxyScript } from '../../operator/src/local/pod/proxy-command.ts'

type Endpoint = { readonly spec: { readonly address: string }; readonly weight: number }
type Session = { readonly name: string; readonly metadata: object }
type Ring = { update(endpoints: readonly Endpoint[]): void; apply(session: Session): Endpoint }
type Balancers = { create(options: { policy: string; key?: string }): Ring }

const load = createRequire(import.meta.url)
const home = dirname(proxyScript())
// Its modules use what this one puts into the global scope.
load(join(home, 'l7mp.js'))
const { LoadBalancer }: { readonly LoadBalancer: Balancers } = load(join(home, 'cluster.js'))
const fixes: { readonly 'even-spread': (home: string) => void } = load(
  '../../operator/src/local/preload/fix-clusters.cjs',
)

/** Counts how often a ring is built. */
const built = vi.fn()
const prototype: Ring = Object.getPrototypeOf(LoadBalancer.create({ policy: 'HashRing' }))
const { update } = prototype
prototype.update = function (endpoints) {
  built()
  update.call(this, endpoints)
}
fixes['even-spread'](home)

const endpoints = (count: number, weight = 1): readonly Endpoint[] =>
  Array.from({ length: count }, (_, index) => ({ spec: { address: `10.0.${index >> 8}.${index & 255}` }, weight }))
const from = (address: string): Session => ({ name: address, metadata: { IP: { src_addr: address } } })

describe('a ring without a key', () => {
  beforeEach(() => built.mockClear())

  it('distributes sessions to all of a thousand endpoints, and is never built', () => {
    const ring = LoadBalancer.create({ policy: 'HashRing' })
    const all = endpoints(1000)
    for (const count of all.keys()) ring.update(all.slice(0, count + 1))
    const taken = new Set(Array.from({ length: 30_000 }, () => ring.apply(from('192.0.2.1')).spec.address))
    expect(taken.size).toBe(1000)
    expect(built).not.toHaveBeenCalled()
  })

  it('respects weights', () => {
    const ring = LoadBalancer.create({ policy: 'HashRing' })
    const [light, heavy] = [endpoints(1)[0], { spec: { address: '10.1.0.1' }, weight: 3 }]
    ring.update([light as Endpoint, heavy])
    const picks = Array.from({ length: 8000 }, () => ring.apply(from('192.0.2.1'))).filter(one => one === heavy)
    expect(picks.length / 8000).toBeGreaterThan(0.7)
    expect(picks.length / 8000).toBeLessThan(0.8)
  })

  it('uses the current endpoints', () => {
    const ring = LoadBalancer.create({ policy: 'HashRing' })
    const [first, second] = endpoints(2)
    expect(() => ring.apply(from('192.0.2.1'))).toThrow(/Not Found/)
    ring.update([first as Endpoint])
    expect(ring.apply(from('192.0.2.1'))).toBe(first)
    ring.update([second as Endpoint])
    expect(ring.apply(from('192.0.2.1'))).toBe(second)
    ring.update([])
    expect(() => ring.apply(from('192.0.2.1'))).toThrow(/Not Found/)
  })
})

describe('a ring with a key', () => {
  beforeEach(() => built.mockClear())

  it('is built once for all changes before a session', () => {
    const ring = LoadBalancer.create({ policy: 'HashRing', key: '/IP/src_addr' })
    const all = endpoints(20)
    for (const count of all.keys()) ring.update(all.slice(0, count + 1))
    expect(built).not.toHaveBeenCalled()
    const first = ring.apply(from('192.0.2.1'))
    for (let again = 0; again < 50; again++) expect(ring.apply(from('192.0.2.1'))).toBe(first)
    expect(built).toHaveBeenCalledTimes(1)
  })

  it('keeps the endpoints of most clients when one is added, and moves the clients of a removed one', () => {
    const ring = LoadBalancer.create({ policy: 'HashRing', key: '/IP/src_addr' })
    const all = endpoints(10)
    ring.update(all)
    const clients = Array.from({ length: 200 }, (_, index) => from(`192.0.2.${index}`))
    const before = clients.map(client => ring.apply(client))
    ring.update([...all, { spec: { address: '10.9.9.9' }, weight: 1 }])
    const kept = clients.filter((client, index) => ring.apply(client) === before[index])
    expect(kept.length).toBeGreaterThan(150)
    const [gone, ...left] = all
    ring.update(left)
    for (const client of clients) expect(ring.apply(client)).not.toBe(gone)
  })

  it('has none without endpoints', () => {
    const ring = LoadBalancer.create({ policy: 'HashRing', key: '/IP/src_addr' })
    ring.update(endpoints(2))
    ring.apply(from('192.0.2.1'))
    ring.update([])
    expect(() => ring.apply(from('192.0.2.1'))).toThrow(/Not Found/)
  })
})
