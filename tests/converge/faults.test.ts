/** Workers with proxies that crash at an object, reject one, or report success for a call without an effect. */
import { randomUUID } from 'node:crypto'
import { type Config, createCompare, EMPTY_CONFIG, l7mpDriver } from '@l7mesh/proxy-client'
import { FakeProxy, type Fault, type ReceivedCall } from '@l7mesh/proxy-client/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../operator/src/clock.ts'
import { AuditBudget } from '../../operator/src/converge/audit-budget.ts'
import { Slots } from '../../operator/src/converge/slots.ts'
import type { ProxyState } from '../../operator/src/converge/state.ts'
import { createLeftAddresses } from '../../operator/src/converge/stranded.ts'
import { Worker } from '../../operator/src/converge/worker.ts'
import { type Service, withService } from '../../proxy-client/test/arbitrary.ts'
import { connectionTo, heldBy } from '../support/fake-connection.ts'
import { until } from '../support/until.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const good = service('good', 9000)
const bad = service('bad', 9001)
const wanted = withService(withService(EMPTY_CONFIG, good), bad)
const badRoute = [...wanted.routes.keys()].find(name => name.includes('/bad/')) ?? ''
/** Alone, or with the objects that refer to it. */
const isBadRoute = ({ method, body }: ReceivedCall) =>
  method === 'POST' && JSON.stringify(body).includes(`"name":"${badRoute}"`)

describe('a worker', () => {
  it('blocks an object at which a proxy crashed twice, and creates all others', async () => {
    const { fake, state } = workerOn({ kind: 'die', done: false, restarts: false })
    const reviving = setInterval(() => fake.alive || fake.restart(), 20)
    cleanups.push(async () => clearInterval(reviving))
    await until('the object is known to be deadly', () => state().failures.get(`route ${badRoute}`)?.code === 'deadly')
    await until('all others are there', async () => fake.alive && (await listenersOf(fake)).includes(nameOf(good)))
    // Objects of the same request are not affected.
    const deadly = [...state().failures].filter(([, { code }]) => code === 'deadly')
    expect(deadly.map(([key]) => key)).toEqual([`route ${badRoute}`])
    const deaths = fake.received.filter(isBadRoute).length
    await until('the worker has looked again', lookedAgain(fake))
    expect(fake.received.filter(isBadRoute)).toHaveLength(deaths)
    expect(deaths).toBe(2)
  })

  it('reports a rejected object with the reason, and creates all others', async () => {
    const refusal = { status: 400, message: 'Bad Request', content: 'not this one' }
    const { fake, state } = workerOn({ kind: 'answer', done: false, status: 400, body: JSON.stringify(refusal) })
    await until('the refusal is known', () => state().failures.get(`route ${badRoute}`)?.code === 'invalid')
    expect(state().failures.get(`route ${badRoute}`)?.message).toContain('not this one')
    expect(await listenersOf(fake)).toContain(nameOf(good))
  })

  it('reports a call that had no effect', async () => {
    const { state } = workerOn({ kind: 'ignore' })
    const { took } = await until(
      'it is known',
      () => state().failures.get(`route ${badRoute}`)?.code === 'no-effect',
      2000,
    )
    expect(took).toBeLessThan(2000)
    expect(state().phase).not.toBe('converged')
  })
})

function workerOn(fault: Fault): { readonly fake: FakeProxy; state(): ProxyState } {
  const fake = new FakeProxy({ faults: [{ on: isBadRoute, fault }] })
  const proxy = { key: 'default/proxy', uid: 'u', address: 'fake', port: 1234 }
  const worker = new Worker(
    { proxy, config: wanted, parts: new Map() },
    {
      connect: () => l7mpDriver(connectionTo(fake, 1000)),
      compare: createCompare(),
      audits: new AuditBudget({ cpu: () => 0, proxies: () => 1, interval: 60_000 }),
      fullReads: new Slots({ count: 8, longest: 500, clock: systemClock }),
      leftAddresses: createLeftAddresses(),
      clock: systemClock,
      random: { id: randomUUID, fraction: () => 0 },
      onChange: () => {},
      heartbeat: 20,
    },
  )
  const ended = worker.run()
  cleanups.push(async () => {
    worker.stop()
    await ended
  })
  return { fake, state: () => worker.state }
}

function service(name: string, port: number): Service {
  const clusters = [{ spec: { protocol: 'UDP', port: 53 }, addresses: ['10.0.0.1'] }] as const
  return { name, listener: { protocol: 'UDP', port }, track: 0, clusters, order: [] }
}

function nameOf({ name }: Service): string {
  return [...wanted.listeners.keys()].find(listener => listener.includes(`/${name}@`)) ?? ''
}

async function listenersOf(fake: FakeProxy): Promise<readonly string[]> {
  const held: Config = await heldBy(fake)
  return [...held.listeners.keys()]
}

/** Waits for several reads. */
function lookedAgain(fake: FakeProxy): () => boolean {
  const from = fake.received.length
  return () => fake.received.length > from + 10
}
