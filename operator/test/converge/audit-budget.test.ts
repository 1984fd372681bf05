/** What audits cost decides how often there are any, where there are many large proxies. */
import { expect, it } from 'vitest'
import { AuditBudget } from '../../src/converge/audit-budget.ts'
import { Fleet } from '../../src/converge/fleet.ts'
import type { DesiredProxy } from '../../src/translate/desired.ts'
import { VirtualTime } from '../support/virtual-time.ts'
import { A, DNS } from './memory-fleet.ts'
import { MemoryProxy, memoryDriver } from './memory-proxy.ts'

/** Full reads that take so much CPU time, one after the other. */
async function intervalAfter(costs: readonly number[], proxies: number, interval = 60_000): Promise<number> {
  let cpu = 1000
  const budget = new AuditBudget({ cpu: () => cpu, proxies: () => proxies, interval })
  for (const cost of costs) {
    await budget.measured(async () => {
      cpu += cost
    })
    // What happens in between is not their cost.
    cpu += 777
  }
  return budget.interval
}

it.each([
  { what: 'is as configured before anything is known', costs: [], proxies: 1000, interval: 60_000 },
  { what: 'is as configured where audits are cheap', costs: [5], proxies: 100, interval: 60_000 },
  { what: 'grows where they would take more than 3 % of a core', costs: [6], proxies: 1000, interval: 200_000 },
  { what: 'grows to ten minutes at most', costs: [100], proxies: 1000, interval: 600_000 },
  { what: 'follows the cost', costs: [100, ...Array(100).fill(6)], proxies: 1000, interval: 200_300 },
])('$what', async ({ costs, proxies, interval }) => {
  expect(Math.round((await intervalAfter(costs, proxies)) / 1000)).toBe(Math.round(interval / 1000))
})

it('never audits more often than configured', async () => {
  expect(await intervalAfter([100], 1000, 3_600_000)).toBe(3_600_000)
})

it('shares the cost among full reads that run at the same time', async () => {
  let cpu = 0
  const budget = new AuditBudget({ cpu: () => cpu, proxies: () => 1000, interval: 60_000 })
  const reads = Array.from({ length: 2 }, () => Promise.withResolvers<void>())
  const measured = reads.map(({ promise }) => budget.measured(() => promise))
  cpu += 6
  reads[0]?.resolve()
  await measured[0]
  cpu += 6
  reads[1]?.resolve()
  await measured[1]
  expect(budget.interval).toBeCloseTo(200_000)
})

it('also measures full reads that fail', async () => {
  let cpu = 0
  const budget = new AuditBudget({ cpu: () => cpu, proxies: () => 1000, interval: 60_000 })
  const failing = budget.measured(async () => {
    cpu += 6
    throw new Error('it is silent')
  })
  await expect(failing).rejects.toThrow('it is silent')
  expect(budget.interval).toBeCloseTo(200_000)
})

it('keeps the audits of a fleet within 3 % of a core', async () => {
  const time = new VirtualTime()
  let [cpu, reads] = [0, 0]
  const fleet = new Fleet({
    connect: () => {
      const driver = memoryDriver(new MemoryProxy())
      const read: typeof driver.read = options => {
        // Once a minute, thirty of these would take 9 % of a core.
        cpu += 180
        reads += 1
        return driver.read(options)
      }
      return { ...driver, read }
    },
    clock: time.clock,
    random: { id: () => 'id', fraction: () => 1 },
    onChange: () => {},
    cpu: () => cpu,
  })
  const names = Array.from({ length: 30 }, (_, n) => `proxy-${n}`)
  const proxies = new Map(
    names.map((key): [string, DesiredProxy] => [
      key,
      { proxy: { ...A, key, uid: key }, config: DNS, parts: new Map() },
    ]),
  )
  fleet.want({ proxies, verdicts: new Map(), destinations: new Map() })
  await time.pass(0)
  expect(reads).toBe(30)
  const before = cpu
  await time.pass(3_600_000)
  expect(reads).toBeGreaterThan(30)
  const share = (cpu - before) / 3_600_000
  expect(share).toBeGreaterThan(0.02)
  expect(share).toBeLessThan(0.035)
  await fleet.stop()
})
