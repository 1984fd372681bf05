/** Convergence on thousands of fake proxies: any live config, any fault at any request. */
import { type Config, readAll } from '@l7mesh/proxy-client'
import { FakeProxy, type Fault } from '@l7mesh/proxy-client/testing'
import { assert, asyncProperty, constantFrom, nat } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { desiredConfigs, liveConfigs } from '../../proxy-client/test/arbitrary.ts'
import { dangling } from '../../proxy-client/test/mirror.ts'
import { converge, foreign, plant } from '../support/converging.ts'
import { connectionTo, heldBy } from '../support/fake-connection.ts'

const FAULTS: readonly Fault[] = [
  { kind: 'refuse' },
  { kind: 'reset', done: false },
  { kind: 'reset', done: true },
  { kind: 'hang', done: false },
  { kind: 'hang', done: true },
  { kind: 'answer', done: false, status: 500, body: '{"status":500}' },
  { kind: 'answer', done: true, status: 500, body: '{"status":500}' },
  { kind: 'answer', done: true, status: 200, body: '<html>' },
  { kind: 'answer', done: false, status: 400, body: '{"status":400,"message":"Bad Request","content":"no"}' },
  { kind: 'ignore' },
  { kind: 'die', done: false, restarts: false },
  { kind: 'die', done: true, restarts: false },
]

/** No order of calls helps if a proxy reports success for a call without an effect. */
const HONEST = FAULTS.filter(({ kind }) => kind !== 'ignore')

describe('a fake proxy', () => {
  it('converges from any live config, with any fault in one request', async () => {
    await assert(
      asyncProperty(liveConfigs, desiredConfigs, nat(50), constantFrom(...FAULTS), async (live, desired, n, fault) => {
        const { fake, connection } = await planted(live)
        const before = foreign(await heldBy(fake))
        fake.faults.add({ on: fake.received.length + n, fault })
        await converge(connection, desired)
        // The rest of the fault affects the next run.
        fake.faults.clear()
        if (!fake.alive) fake.restart()
        const results = await converge(connection, desired)
        expect(results.at(-1)).toMatchObject({ done: true, calls: 0, failures: new Map() })
        const after = await heldBy(fake)
        expect(dangling(after)).toEqual([])
        if (fault.kind !== 'die') expect(foreign(after)).toEqual(before)
      }),
      { numRuns: 1500 },
    )
  })

  it('never exposes new dangling references to new sessions', async () => {
    await assert(
      asyncProperty(liveConfigs, desiredConfigs, nat(50), constantFrom(...HONEST), async (live, desired, n, fault) => {
        const { fake, connection } = await planted(live)
        const known = new Set(dangling(await heldBy(fake)))
        const seen: string[] = []
        fake.faults.add({ on: fake.received.length + n, fault })
        const watched = {
          ...connection,
          calls: afterEach(connection.calls, async () => {
            seen.push(...dangling(await heldBy(fake)).filter(name => !known.has(name)))
          }),
        }
        await converge(watched, desired)
        if (!fake.alive) fake.restart()
        await converge(watched, desired)
        expect(seen).toEqual([])
      }),
      { numRuns: 800 },
    )
  })

  it('gets no calls after it has converged', async () => {
    await assert(
      asyncProperty(desiredConfigs, async desired => {
        const { fake, connection } = await planted(desired)
        await converge(connection, desired)
        const sent = fake.received.length
        await converge(connection, desired)
        expect(fake.received.slice(sent).map(({ method }) => method)).not.toContain('POST')
        expect(fake.received.slice(sent).map(({ method }) => method)).not.toContain('DELETE')
      }),
    )
  })
})

async function planted(live: Config) {
  const fake = new FakeProxy()
  const connection = connectionTo(fake)
  const started = await readAll(connection.reads)
  await plant(connection, live, new Set(Object.values(started).flatMap(objects => [...objects.keys()])))
  return { fake, connection }
}

/** The same calls, each followed by a check. */
function afterEach<T extends object>(calls: T, look: () => Promise<void>): T {
  return new Proxy(calls, {
    get: (target, name) => {
      const call: (...args: readonly unknown[]) => Promise<unknown> = Reflect.get(target, name) as never
      return async (...args: readonly unknown[]) => {
        try {
          return await Reflect.apply(call, target, args)
        } finally {
          await look()
        }
      }
    },
  })
}
