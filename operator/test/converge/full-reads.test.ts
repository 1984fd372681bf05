/** Full reads of a fleet, which are limited: they take memory and CPU while they run. */
import { ProxyError } from '@l7mesh/proxy-client'
import { expect, it } from 'vitest'
import { Fleet } from '../../src/converge/fleet.ts'
import type { DesiredProxy } from '../../src/translate/desired.ts'
import { VirtualTime } from '../support/virtual-time.ts'
import { A, DNS } from './memory-fleet.ts'
import { MemoryProxy, memoryDriver } from './memory-proxy.ts'

/** Proxies whose reads last until they are released. `silent`: the names of those that never respond. */
function fleetOf(names: readonly string[], silent: readonly string[] = []) {
  const time = new VirtualTime()
  const reading: (() => void)[] = []
  const counts = { now: 0, most: 0 }
  const fleet = new Fleet({
    connect: ({ key }) => {
      const driver = memoryDriver(new MemoryProxy())
      const isSilent = silent.includes(key)
      const timeout = () =>
        new Promise<never>((_, reject) =>
          time.at(time.now + 5000, () => reject(new ProxyError('timeout', 'it is silent'))),
        )
      return {
        ...driver,
        isSameProcess: (live, signal) => (isSilent ? timeout() : driver.isSameProcess(live, signal)),
        async read() {
          counts.now += 1
          counts.most = Math.max(counts.most, counts.now)
          try {
            if (isSilent) return await timeout()
            await new Promise<void>(resolve => void reading.push(resolve))
            return await driver.read()
          } finally {
            counts.now -= 1
          }
        },
      }
    },
    clock: time.clock,
    random: { id: () => 'id', fraction: () => 1 },
    onChange: () => {},
  })
  const proxies = names.map((key): [string, DesiredProxy] => [
    key,
    { proxy: { ...A, key, uid: key }, config: DNS, parts: new Map() },
  ])
  fleet.want({ proxies: new Map(proxies), verdicts: new Map(), destinations: new Map() })
  const phases = () => [...fleet.states().values()].map(({ phase }) => phase)
  return { time, reading, counts, phases, fleet }
}

const named = (count: number) => Array.from({ length: count }, (_, n) => `proxy-${n}`)

it('reads at most eight proxies concurrently, and finally all', async () => {
  const { time, reading, counts, phases } = fleetOf(named(20))
  for (let n = 0; n < 20; n++) {
    await time.pass(0)
    reading.shift()?.()
  }
  await time.pass(0)
  expect(counts.most).toBe(8)
  expect(phases()).toEqual(Array(20).fill('converged'))
})

it('does not wait for proxies that do not respond', async () => {
  const silent = named(30).slice(0, 20)
  const { time, reading, phases } = fleetOf(named(30), silent)
  // Eight of them are read without being asked first, and give their slots back.
  await time.pass(500)
  for (let n = 0; n < 10; n++) {
    reading.shift()?.()
    await time.pass(0)
  }
  expect(phases().slice(20)).toEqual(Array(10).fill('converged'))
})

it('does not read a proxy that was removed from the fleet while it waited', async () => {
  const { time, reading, counts, fleet } = fleetOf(named(9))
  await time.pass(0)
  const stopping = fleet.stop()
  for (const release of reading.splice(0)) release()
  await stopping
  await time.pass(0)
  expect(counts.most).toBe(8)
  expect(reading).toEqual([])
})
