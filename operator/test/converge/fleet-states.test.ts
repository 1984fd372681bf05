import { EMPTY_CONFIG } from '@l7mesh/proxy-client'
import { expect, it, onTestFinished } from 'vitest'
import { Fleet } from '../../src/converge/fleet.ts'
import { NO_PROXIES } from '../../src/converge/state.ts'
import type { DesiredFleet } from '../../src/translate/desired.ts'
import { VirtualTime } from '../support/virtual-time.ts'
import { DNS } from './memory-fleet.ts'
import { MemoryProxy, memoryDriver } from './memory-proxy.ts'

/** `uids`: of the pods, by name. */
function desired(uids: Readonly<Record<string, string>>, config = EMPTY_CONFIG): DesiredFleet {
  const proxies = Object.entries(uids).map(([name, uid]) => {
    const key = `l7mp/${name}`
    return [key, { proxy: { key, uid, address: '10.0.0.1', port: 1234 }, config, parts: new Map() }] as const
  })
  return { proxies: new Map(proxies), verdicts: new Map(), destinations: new Map() }
}

function fleetOfMany() {
  const time = new VirtualTime()
  const proxies = new Map<string, MemoryProxy>()
  const fleet = new Fleet({
    connect({ key, uid }) {
      const proxy = proxies.get(`${key} ${uid}`) ?? new MemoryProxy()
      proxies.set(`${key} ${uid}`, proxy)
      return memoryDriver(proxy)
    },
    clock: time.clock,
    random: { id: () => 'id', fraction: () => 1 },
    onChange: () => {},
  })
  onTestFinished(() => fleet.stop())
  return { time, fleet }
}

it('returns the same map of states until one changes', async () => {
  const { time, fleet } = fleetOfMany()
  fleet.want(desired({ a: '1', b: '1' }))
  await time.pass(100)
  const before = fleet.states()
  expect(fleet.states()).toBe(before)
  fleet.want(desired({ a: '1', b: '1' }, DNS))
  const converging = fleet.states()
  expect([...converging.values()].map(({ phase }) => phase)).toEqual(['converging', 'converging'])
  expect([...before.values()].map(({ phase }) => phase)).toEqual(['converged', 'converged'])
  await time.pass(1000)
  expect([...fleet.states().values()].map(({ phase }) => phase)).toEqual(['converged', 'converged'])
})

it('counts the proxies of a fleet by their phase', async () => {
  const { time, fleet } = fleetOfMany()
  expect(fleet.phases()).toEqual(NO_PROXIES)
  fleet.want(desired({ a: '1', b: '1', c: '1' }))
  expect(fleet.phases()).toEqual({ ...NO_PROXIES, unknown: 3 })
  await time.pass(100)
  expect(fleet.phases()).toEqual({ ...NO_PROXIES, converged: 3 })
  fleet.want(desired({ b: '2', c: '1' }))
  expect(fleet.phases()).toEqual({ ...NO_PROXIES, unknown: 1, converged: 1 })
})

it('lists the states of a fleet in the order of its proxies', async () => {
  const { time, fleet } = fleetOfMany()
  const keys = () => [...fleet.states().keys()]
  fleet.want(desired({ a: '1', b: '1', c: '1' }))
  expect(keys()).toEqual(['l7mp/a', 'l7mp/b', 'l7mp/c'])
  await time.pass(100)
  fleet.want(desired({ a: '2', b: '1', c: '1', d: '1' }))
  expect(keys()).toEqual(['l7mp/b', 'l7mp/c', 'l7mp/a', 'l7mp/d'])
  fleet.want(desired({ d: '1', c: '1' }))
  expect(keys()).toEqual(['l7mp/c', 'l7mp/d'])
})

it('notifies of a change at once, and of the changes of a large fleet together', async () => {
  const time = new VirtualTime()
  let notified = 0
  const fleet = new Fleet({
    connect: () => memoryDriver(new MemoryProxy()),
    clock: time.clock,
    random: { id: () => 'id', fraction: () => 1 },
    onChange: () => {
      notified += 1
    },
  })
  onTestFinished(() => fleet.stop())
  const uids = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`proxy-${n}`, '1']))
  fleet.want(desired(uids))
  await time.pass(0)
  expect(fleet.phases().converged).toBe(100)
  expect(notified).toBe(1)
  await time.pass(5)
  expect(notified).toBe(2)
  fleet.want(desired(uids, DNS))
  await time.pass(10)
  expect(notified).toBeLessThanOrEqual(5)
})
