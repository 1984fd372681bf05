import { createCompare, EMPTY_CONFIG } from '@l7mesh/proxy-client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { round } from '../../src/converge/round.ts'
import { DNS, DNS_AND_SIP, fleetOfOne } from './memory-fleet.ts'
import { MemoryProxy, memoryDriver } from './memory-proxy.ts'

const signal = new AbortController().signal
const input = { live: undefined, refused: new Set<never>(), compare: createCompare(), filling: 'id', signal }

describe('a round on a proxy that accepts a whole config in one request', () => {
  it('makes one request, and none if the proxy is in sync', async () => {
    const proxy = new MemoryProxy()
    const driver = memoryDriver(proxy)
    expect(await round({ ...input, driver, desired: DNS })).toMatchObject({ done: true, foundEmpty: true })
    expect(proxy.config).toEqual(DNS)
    expect(await round({ ...input, driver, desired: DNS })).toMatchObject({ done: true, calls: 0 })
    expect(proxy.puts).toBe(1)
  })

  it('reports the listener that cannot be bound, and programs everything else', async () => {
    const proxy = new MemoryProxy()
    const [listener = ''] = DNS.listeners.keys()
    proxy.taken.add(listener)
    const result = await round({ ...input, driver: memoryDriver(proxy), desired: DNS_AND_SIP })
    expect([...result.failures]).toMatchObject([[`listener ${listener}`, { code: 'address-in-use' }]])
    expect(result).toMatchObject({ done: false, stopped: undefined })
    expect(proxy.config.listeners.size).toBe(1)
    expect(proxy.config.clusters.size).toBe(2)
  })

  it('stops with the error of the driver', async () => {
    const proxy = new MemoryProxy()
    proxy.isReachable = false
    const result = await round({ ...input, driver: memoryDriver(proxy), desired: DNS })
    expect(result).toMatchObject({ live: undefined, stopped: { code: 'unreachable' } })
  })
})

describe('a worker on such a proxy', () => {
  it('programs each change with one request', async () => {
    const { time, proxy, fleet, want, state } = fleetOfOne()
    onTestFinished(() => fleet.stop())
    want(DNS)
    await time.pass(100)
    want(DNS_AND_SIP)
    await time.pass(100)
    want(EMPTY_CONFIG)
    await time.pass(100)
    expect(proxy.config).toEqual(EMPTY_CONFIG)
    expect(proxy.puts).toBe(3)
    expect(state()?.phase).toBe('converged')
  })

  it('refills it after its process has restarted', async () => {
    const { time, proxy, fleet, want } = fleetOfOne()
    onTestFinished(() => fleet.stop())
    want(DNS)
    await time.pass(100)
    proxy.restart()
    await time.pass(3100)
    expect(proxy.config).toEqual(DNS)
  })

  it('does not probe it if its end would be detected, and then refills it immediately', async () => {
    const { time, proxy, fleet, want } = fleetOfOne({ audit: 300_000 })
    onTestFinished(() => fleet.stop())
    proxy.isWatched = true
    want(DNS)
    await time.pass(100)
    const { requests } = proxy
    await time.pass(180_000)
    expect(proxy.requests - requests).toBeLessThanOrEqual(3)
    proxy.restart()
    await time.pass(100)
    expect(proxy.config).toEqual(DNS)
  })

  it('probes it every three seconds if its end would not be detected', async () => {
    const { time, proxy, fleet, want } = fleetOfOne({ audit: 300_000 })
    onTestFinished(() => fleet.stop())
    want(DNS)
    await time.pass(100)
    const { requests } = proxy
    await time.pass(30_000)
    expect(proxy.requests - requests).toBe(10)
  })

  it('does not wake without changes', async () => {
    let wakes = 0
    const { time, fleet, want } = fleetOfOne({ audit: 10_000, onChange: () => (wakes += 1) })
    onTestFinished(() => fleet.stop())
    want(DNS)
    await time.pass(100)
    const before = wakes
    await time.pass(30_000)
    expect(wakes).toBe(before)
  })
})
