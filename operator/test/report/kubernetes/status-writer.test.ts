import { describe, expect, it, onTestFinished } from 'vitest'
import { KubeError, type KubeErrorCode } from '../../../src/kube/kube-error.ts'
import { ResourceStatusWriter } from '../../../src/report/kubernetes/status-writer.ts'
import type { ConditionReason } from '../../../src/report/reasons.ts'
import type { ResourceStatus } from '../../../src/report/status.ts'
import type { ResourceKey } from '../../../src/sources/snapshot.ts'
import { VirtualTime } from '../../support/virtual-time.ts'
import { FakeServer } from './fake-server.ts'

const KEY: ResourceKey = 'VirtualService/dns/a'

function status(reason: ConditionReason, observedGeneration = 1): ResourceStatus {
  const holds = reason === 'Programmed'
  return {
    observedGeneration,
    conditions: [
      { type: 'Accepted', status: 'True', reason: 'Accepted', message: '' },
      { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs', message: '' },
      { type: 'Programmed', status: holds ? 'True' : 'False', reason, message: 'x' },
    ],
    proxies: { selected: 1, programmed: holds ? 1 : 0 },
    endpoints: { ready: 1, total: 1, summary: '1/1' },
  }
}

/** A writer that is called again after each change, as in the operator. */
function world({ rate = 1000 } = {}) {
  const time = new VirtualTime()
  time.now = Date.UTC(2026, 0, 1)
  const server = new FakeServer(time)
  const failures: unknown[] = []
  let mayWrite = true
  let statuses: ReadonlyMap<ResourceKey, ResourceStatus> = new Map()
  const writer = new ResourceStatusWriter({
    client: server,
    clock: time.clock,
    rate,
    fraction: () => 1,
    mayWrite: () => mayWrite,
    onFailure: error => failures.push(error),
  })
  const look = () => {
    const again = writer.want(statuses, server.live)
    if (again < Number.POSITIVE_INFINITY) time.at(time.now + again, look)
  }
  server.onWatch = look
  const stopped = new AbortController()
  const ended = writer.run(stopped.signal)
  onTestFinished(async () => {
    stopped.abort()
    await time.pass(60_000)
    await ended
  })
  return {
    time,
    server,
    failures,
    lead(leads: boolean) {
      mayWrite = leads
      look()
    },
    async set(wanted: Readonly<Record<ResourceKey, ResourceStatus>>, pass = 100) {
      statuses = new Map(Object.entries(wanted) as [ResourceKey, ResourceStatus][])
      look()
      await time.pass(pass)
    },
  }
}

/** Programmed, with or without endpoints. */
function endpoints(ready: number): ResourceStatus {
  const { conditions, ...rest } = status('Programmed')
  const holds = ready > 0
  const reason = holds ? 'EndpointsReady' : 'NoEndpoints'
  return {
    ...rest,
    conditions: [...conditions, { type: 'EndpointsReady', status: holds ? 'True' : 'False', reason, message: 'x' }],
    endpoints: { ready, total: 3, summary: `${ready}/3` },
  }
}

const NEW = { uid: '1', status: {} }
const transitions = (server: FakeServer) =>
  server.calls.map(({ body }) => {
    const { conditions } = (body as { status: { conditions: { type: string; status: string }[] } }).status
    return conditions.find(({ type }) => type === 'Programmed')?.status
  })

describe('the status in a cluster', () => {
  it('is applied with a field manager, the generation and transition times', async () => {
    const { server, set } = world()
    server.put(KEY, NEW)
    await set({ [KEY]: status('Programmed', 7) })
    expect(server.calls).toMatchObject([
      {
        method: 'PATCH',
        path: '/apis/l7mp.io/v1/namespaces/dns/virtualservices/a/status',
        query: { fieldManager: 'l7mesh', force: true },
        contentType: 'application/apply-patch+yaml',
        body: { metadata: { uid: '1' } },
      },
    ])
    expect(server.status(KEY)).toEqual({
      observedGeneration: 7,
      conditions: status('Programmed').conditions.map(condition => ({
        ...condition,
        observedGeneration: 7,
        lastTransitionTime: '2026-01-01T00:00:00Z',
      })),
      proxies: { selected: 1, programmed: 1 },
      endpoints: { ready: 1, total: 1, summary: '1/1' },
    })
  })

  it('is written once per change', async () => {
    const { time, server, set } = world()
    server.put(KEY, NEW)
    for (let round = 0; round < 10; round++) await set({ [KEY]: status('Programmed') })
    await time.pass(300_000)
    expect(server.calls).toHaveLength(1)
  })

  it('is not written again by another process', async () => {
    const first = world()
    first.server.put(KEY, NEW)
    await first.set({ [KEY]: status('Programmed') })
    const second = world()
    second.server.put(KEY, { uid: '1', status: first.server.status(KEY) })
    await second.set({ [KEY]: status('Programmed') })
    expect(second.server.calls).toEqual([])
  })

  it('moves the time of a condition only when its status changes', async () => {
    const { time, server, set } = world()
    server.put(KEY, NEW)
    await set({ [KEY]: status('Refused') })
    await time.pass(60_000)
    await set({ [KEY]: status('NoProxy') })
    await time.pass(60_000)
    await set({ [KEY]: status('Programmed') })
    const { conditions = [] } = server.status(KEY)
    expect(conditions).toMatchObject([
      { type: 'Accepted', lastTransitionTime: '2026-01-01T00:00:00Z' },
      { type: 'ResolvedRefs', lastTransitionTime: '2026-01-01T00:00:00Z' },
      { type: 'Programmed', lastTransitionTime: '2026-01-01T00:02:00Z' },
    ])
    expect(transitions(server)).toEqual(['False', 'False', 'True'])
  })

  it('leaves the conditions of others alone', async () => {
    const { server, set } = world()
    const other = { type: 'Approved', status: 'True' }
    server.put(KEY, { uid: '1', status: { conditions: [other] } })
    await set({ [KEY]: status('Programmed') })
    expect(server.status(KEY).conditions).toContainEqual(other)
  })

  it('is not written if a rollout has temporarily no endpoints', async () => {
    const { server, set } = world()
    server.put(KEY, NEW)
    await set({ [KEY]: endpoints(3) })
    await set({ [KEY]: endpoints(0) }, 2900)
    await set({ [KEY]: endpoints(3) }, 10_000)
    expect(server.calls).toHaveLength(1)
    await set({ [KEY]: endpoints(2) })
    expect(server.status(KEY)).toMatchObject({ endpoints: { summary: '2/3' } })
    await set({ [KEY]: endpoints(0) }, 3100)
    expect(server.status(KEY)).toMatchObject({ endpoints: { summary: '0/3' } })
    await set({ [KEY]: endpoints(1) })
    expect(server.calls).toHaveLength(4)
  })

  it('is written immediately if there were no endpoints before', async () => {
    const { server, set } = world()
    server.put(KEY, NEW)
    await set({ [KEY]: endpoints(0) })
    expect(server.calls).toHaveLength(1)
  })

  it('is repaired after a change by others', async () => {
    const { time, server, set } = world()
    server.put(KEY, NEW)
    await set({ [KEY]: status('Programmed') })
    server.put(KEY, { uid: '1', status: { ...server.status(KEY), observedGeneration: 99 } })
    server.onWatch()
    await time.pass(100)
    expect(server.status(KEY).observedGeneration).toBe(1)
    expect(server.calls).toHaveLength(2)
  })

  it.each(['Pending', 'ProxyUnreachable'] as const)('is not written for %s until it has lasted', async reason => {
    const { time, server, set } = world()
    server.put(KEY, NEW)
    await set({ [KEY]: status('Programmed') })
    await set({ [KEY]: status(reason, 2) }, 2000)
    await set({ [KEY]: status('Programmed', 2) })
    expect(transitions(server)).toEqual(['True', 'True'])
    await set({ [KEY]: status(reason, 2) }, 2900)
    expect(server.calls).toHaveLength(2)
    await time.pass(200)
    expect(transitions(server)).toEqual(['True', 'True', 'False'])
  })

  it('does not flap while a resource is edited repeatedly', async () => {
    const { server, set } = world()
    server.put(KEY, NEW)
    await set({ [KEY]: status('Programmed') })
    for (let generation = 2; generation < 20; generation++) await set({ [KEY]: status('Pending', generation) }, 500)
    await set({ [KEY]: status('Programmed', 20) })
    expect(transitions(server)).toEqual(['True', 'True'])
  })

  it.each<KubeErrorCode>(['conflict', 'not-found', 'too-many-requests', 'timeout', 'server-fault'])(
    'is tried again after %s, ever less often, until it is written',
    async code => {
      const { time, server, set, failures } = world()
      server.put(KEY, NEW)
      server.fault = () => new KubeError(code, 'no')
      await set({ [KEY]: status('Programmed') }, 60_000)
      expect(server.calls.length).toBeGreaterThan(5)
      expect(server.calls.length).toBeLessThan(10)
      // A recent deletion is not a failure yet.
      expect(failures.length).toBe(code === 'not-found' ? server.calls.length - 3 : server.calls.length)
      server.fault = () => undefined
      await time.pass(60_000)
      expect(server.status(KEY).observedGeneration).toBe(1)
    },
  )

  it('respects Retry-After of the API server', async () => {
    const { server, set } = world()
    server.put(KEY, NEW)
    server.fault = () => new KubeError('too-many-requests', 'no', { retryAfter: 20_000 })
    await set({ [KEY]: status('Programmed') }, 19_900)
    expect(server.calls).toHaveLength(1)
  })

  it('of one resource does not block others if it cannot be written', async () => {
    const { server, set } = world()
    const other: ResourceKey = 'Target/dns/b'
    server.put(KEY, NEW)
    server.put(other, NEW)
    server.fault = ({ path }) => (path.includes('virtualservices') ? new KubeError('invalid', 'no') : undefined)
    await set({ [KEY]: status('Programmed'), [other]: status('Programmed') })
    expect(server.status(other).observedGeneration).toBe(1)
  })

  it('is not written to another object of the same name', async () => {
    const { server, set } = world()
    server.put(KEY, NEW)
    const writing = set({ [KEY]: status('Programmed') }, 1000)
    server.fault = () => {
      server.fault = () => undefined
      server.put(KEY, { uid: '2', status: {} })
      server.onWatch()
      return undefined
    }
    await writing
    expect(server.calls[0]).toMatchObject({ body: { metadata: { uid: '1' } } })
    expect(server.calls.at(-1)).toMatchObject({ body: { metadata: { uid: '2' } } })
  })

  it('is written only by the leader', async () => {
    const { time, server, set, lead } = world()
    server.put(KEY, NEW)
    lead(false)
    await set({ [KEY]: status('Programmed') }, 10_000)
    expect(server.calls).toEqual([])
    lead(true)
    await time.pass(100)
    expect(server.calls).toHaveLength(1)
  })

  it('of many resources is written at the configured rate', async () => {
    const { time, server, set } = world({ rate: 20 })
    const keys = Array.from({ length: 300 }, (_, index): ResourceKey => `Route/dns/r${index}`)
    for (const key of keys) server.put(key, NEW)
    await set(Object.fromEntries(keys.map(key => [key, status('Programmed')])), 5000)
    expect(server.calls.length).toBeGreaterThan(150)
    expect(server.calls.length).toBeLessThanOrEqual(4 * 20 + 5 * 20 + 1)
    await time.pass(10_000)
    expect(server.calls).toHaveLength(300)
  })
})
