import { expect, it, onTestFinished } from 'vitest'
import { Loop } from '../../src/app/loop.ts'
import { EMPTY_SNAPSHOT } from '../../src/sources/snapshot.ts'
import { A, DNS, DNS_AND_SIP, fleetOfOne } from '../converge/memory-fleet.ts'
import { MemoryProxy, memoryDriver } from '../converge/memory-proxy.ts'
import { VirtualTime } from '../support/virtual-time.ts'
import { recorder } from './recorder.ts'

it('tells a change, an outage, a retry, drift and the end of a proxy', async () => {
  const { told, telemetry } = recorder()
  const { time, proxy, fleet, want } = fleetOfOne({ telemetry, audit: 10_000, heartbeat: 20_000 })
  onTestFinished(() => fleet.stop())
  proxy.isReachable = false
  want(DNS)
  await time.pass(50)
  proxy.isReachable = true
  await time.pass(100)
  want(DNS_AND_SIP)
  await time.pass(100)
  proxy.config = DNS
  await time.pass(10_000)
  want(undefined)
  expect(told).toEqual([
    'l7mp/a added',
    'l7mp/a GET config: unreachable',
    'l7mp/a unreachable after 0 calls in 0 ms',
    'l7mp/a unreachable: retry 1 in 100 ms',
    'l7mp/a GET config: ok',
    'l7mp/a PUT config: ok',
    'l7mp/a converged after 6 calls in 0 ms',
    'l7mp/a change programmed in 0 ms',
    'l7mp/a PUT config: ok',
    'l7mp/a converged after 6 calls in 0 ms',
    'l7mp/a change programmed in 0 ms',
    'l7mp/a GET config: ok',
    'l7mp/a PUT config: ok',
    'l7mp/a converged after 6 calls in 0 ms',
    'l7mp/a drift repaired with 6 calls',
    'l7mp/a removed',
  ])
})

it('tells each translation and what it changed', async () => {
  const { told, telemetry } = recorder()
  const time = new VirtualTime()
  const stopped = new AbortController()
  const world = { snapshot: EMPTY_SNAPSHOT, config: DNS, wake: () => {} }
  const loop = new Loop({
    source: {
      snapshot: () => world.snapshot,
      problems: () => [],
      rejected: () => new Map(),
      run: async () => {},
    },
    translate() {
      time.skip(7)
      const proxies = new Map([[A.key, { proxy: A, config: world.config, parts: new Map() }]])
      return { proxies, verdicts: new Map(), destinations: new Map() }
    },
    workers: { connect: () => memoryDriver(new MemoryProxy()), random: { id: () => 'id', fraction: () => 1 } },
    telemetry: event => event.type !== 'request' && telemetry(event),
    clock: time.clock,
    onReport: () => {},
  })
  const ended = loop.run(stopped.signal)
  onTestFinished(async () => {
    stopped.abort()
    await ended
  })
  await time.pass(100)
  world.snapshot = { ...EMPTY_SNAPSHOT }
  loop.wake()
  await time.pass(100)
  expect(told).toEqual([
    'snapshot read: 0 resources',
    'translated in 7 ms: 1 of 1 proxies changed',
    'l7mp/a added',
    'l7mp/a converged after 6 calls in 0 ms',
    'l7mp/a change programmed in 0 ms',
    'snapshot read: 0 resources',
    'translated in 7 ms: 0 of 1 proxies changed',
  ])
})
