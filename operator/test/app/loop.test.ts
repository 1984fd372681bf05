import { type Driver, EMPTY_CONFIG, ProxyError } from '@l7mesh/proxy-client'
import { expect, it, onTestFinished } from 'vitest'
import { BEAT, LONGEST_REST, Loop } from '../../src/app/loop.ts'
import type { Report } from '../../src/report/report.ts'
import { EMPTY_SNAPSHOT } from '../../src/sources/snapshot.ts'
import type { DesiredFleet } from '../../src/translate/desired.ts'
import { VirtualTime } from '../support/virtual-time.ts'

const proxy = { key: 'l7mp/a', uid: '1', address: '127.0.0.1', port: 1234 }
const FLEET: DesiredFleet = {
  proxies: new Map([[proxy.key, { proxy, config: EMPTY_CONFIG, parts: new Map() }]]),
  verdicts: new Map(),
  destinations: new Map(),
}

/** A loop with one proxy that only counts its connections. */
function looping() {
  const time = new VirtualTime()
  const world = {
    leads: false,
    connections: 0,
    translations: 0,
    /** How long each takes, in milliseconds. */
    effort: 0,
    snapshot: EMPTY_SNAPSHOT,
    reports: [] as Report[],
  }
  const stopped = new AbortController()
  const loop = new Loop({
    source: {
      snapshot: () => world.snapshot,
      problems: () => [],
      rejected: () => new Map(),
      run: async () => {},
    },
    translate() {
      world.translations += 1
      time.skip(world.effort)
      return FLEET
    },
    workers: {
      connect() {
        world.connections += 1
        const close = async () => {
          world.connections -= 1
        }
        return { ...silent(), close }
      },
      random: { id: () => 'id', fraction: () => 0.5 },
    },
    clock: time.clock,
    mayWrite: () => world.leads,
    onReport: report => world.reports.push(report),
  })
  const ended = loop.run(stopped.signal)
  onTestFinished(async () => {
    stopped.abort()
    await ended
  })
  return { loop, time, world }
}

/** A proxy that never responds until the caller aborts. */
function silent(): Omit<Driver, 'close'> {
  const never = (signal: AbortSignal | undefined) =>
    new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(new ProxyError('aborted', 'given up')))
    })
  return {
    adapt: desired => desired,
    plan: () => ({ steps: [] }),
    read: ({ signal } = {}) => never(signal),
    apply: (_plan, { signal }) => never(signal),
    isSameProcess: (_live, signal) => never(signal),
    sessions: never,
    endSession: (_name, signal) => never(signal),
    onDisconnect: () => {},
    isWatching: () => false,
    onRequest: () => {},
  }
}

it('translates as a standby, but makes no calls to proxies', async () => {
  const { time, world } = looping()
  await time.pass(1000)
  expect(world).toMatchObject({ connections: 0, translations: 1 })
  expect(world.reports.at(-1)).toMatchObject({ snapshot: EMPTY_SNAPSHOT, leads: false, proxies: new Map() })
})

it('calls proxies only while it leads', async () => {
  const { loop, time, world } = looping()
  await time.pass(1000)
  world.leads = true
  loop.wake()
  await time.pass(10)
  expect(world).toMatchObject({ connections: 1, translations: 1 })
  expect(world.reports.at(-1)).toMatchObject({ leads: true })
  world.leads = false
  loop.wake()
  await time.pass(10)
  expect(world.connections).toBe(0)
  expect(world.reports.at(-1)).toMatchObject({ leads: false, proxies: new Map() })
})

it('runs periodically without changes, and then reports nothing', async () => {
  const { loop, time, world } = looping()
  await time.pass(100)
  const reports = world.reports.length
  await time.pass(10 * BEAT)
  expect(loop.sinceLastRound).toBeLessThanOrEqual(BEAT)
  expect(world.reports).toHaveLength(reports)
})

it('translates immediately after a pause, and uses a fifth of the time under continuous changes', async () => {
  const { loop, time, world } = looping()
  await time.pass(1000)
  world.effort = 40
  const change = () => {
    world.snapshot = { ...EMPTY_SNAPSHOT }
    loop.wake()
  }
  change()
  await time.pass(0)
  expect(world.translations).toBe(2)
  for (let passed = 0; passed < 1200; passed += 5) {
    change()
    await time.pass(5)
  }
  expect(world.translations).toBeGreaterThan(5)
  expect(world.translations).toBeLessThanOrEqual(2 + 1200 / 160)
  const last = world.snapshot
  await time.pass(1000)
  expect(world.reports.at(-1)?.snapshot).toBe(last)
})

it('delays a change by at most half a second, regardless of the duration of the previous round', async () => {
  const { loop, time, world } = looping()
  await time.pass(1000)
  world.effort = 10_000
  const change = () => {
    world.snapshot = { ...EMPTY_SNAPSHOT }
    loop.wake()
  }
  change()
  await time.pass(0)
  expect(world.translations).toBe(2)
  change()
  await time.pass(LONGEST_REST - 1)
  expect(world.translations).toBe(2)
  await time.pass(1)
  expect(world.translations).toBe(3)
  expect(world.reports.at(-1)?.snapshot).toBe(world.snapshot)
})
