import { createCompare, EMPTY_CONFIG, ProxyError } from '@l7mesh/proxy-client'
import { expect, it, onTestFinished } from 'vitest'
import { initialState, NO_PROXIES, type ProxyState } from '../../../src/converge/state.ts'
import { KubernetesReporter } from '../../../src/report/kubernetes/reporter.ts'
import type { ConditionReason } from '../../../src/report/reasons.ts'
import type { Report } from '../../../src/report/report.ts'
import type { ResourceStatus } from '../../../src/report/status.ts'
import { EMPTY_SNAPSHOT, type ResourceKey } from '../../../src/sources/snapshot.ts'
import { VirtualTime } from '../../support/virtual-time.ts'
import { FakeServer } from './fake-server.ts'

const KEY: ResourceKey = 'VirtualService/dns/a'

function status(reason: ConditionReason): ResourceStatus {
  const condition = { type: 'Programmed', status: reason === 'Programmed' ? 'True' : 'False', reason, message: 'x' }
  const counts = { proxies: { selected: 1, programmed: 0 }, endpoints: { ready: 0, total: 0, summary: '-' } }
  return { observedGeneration: 1, conditions: [condition], ...counts } as ResourceStatus
}

const of = (change: Partial<Report> & { readonly reason?: ConditionReason }): Report => ({
  snapshot: EMPTY_SNAPSHOT,
  fleet: undefined,
  leads: true,
  proxies: new Map(),
  phases: NO_PROXIES,
  compare: createCompare(),
  problems: [],
  statuses: () => new Map([[KEY, status(change.reason ?? 'Programmed')]]),
  ...change,
})

/** With one proxy. */
const on = (phase: ProxyState['phase']): Report => {
  const proxy = { key: 'l7mp/a', uid: '1', address: '192.0.2.1', port: 1234 }
  const state = initialState({ proxy, config: EMPTY_CONFIG, parts: new Map() })
  return of({
    reason: 'NoProxy',
    proxies: new Map([[proxy.key, { ...state, phase }]]),
    phases: { ...NO_PROXIES, [phase]: 1 },
  })
}

function reporting(held: Partial<Parameters<FakeServer['put']>[1]> = {}) {
  const time = new VirtualTime()
  const server = new FakeServer(time)
  server.put(KEY, { uid: '1', status: {}, ...held })
  const report = new KubernetesReporter({
    client: server,
    clock: time.clock,
    fraction: () => 1,
    mayWrite: () => true,
    live: server.live,
    statusRate: 10,
    eventRate: 10,
    instance: 'operator-1',
    onFailure: () => {},
  })
  const stopped = new AbortController()
  const ended = report.run(stopped.signal)
  onTestFinished(async () => {
    stopped.abort()
    await time.pass(60_000)
    await ended
  })
  const written = () => server.calls.map(({ method }) => (method === 'PATCH' ? 'status' : 'event'))
  return { time, server, report, written }
}

it('writes statuses and events', async () => {
  const { time, report, written } = reporting()
  report.take(of({ reason: 'Refused' }))
  await time.pass(1000)
  expect(written().toSorted()).toEqual(['event', 'status'])
})

it('processes only the newest report, at intervals', async () => {
  const { time, server, report, written } = reporting()
  for (let round = 0; round < 100; round++) report.take(of({ reason: 'NoProxy' }))
  report.take(of({}))
  await time.pass(1000)
  expect(written()).toEqual(['status'])
  expect(server.status(KEY).conditions).toMatchObject([{ status: 'True' }])
})

it('waits for converging proxies, at most a second', async () => {
  const { time, report, written } = reporting()
  for (let passed = 0; passed < 900; passed += 100) {
    report.take(on('converging'))
    await time.pass(100)
  }
  expect(written()).toEqual([])
  await time.pass(300)
  expect(written()).toEqual(['status'])
})

it('stops waiting when the proxies have converged', async () => {
  const { time, report, written } = reporting()
  report.take(on('converging'))
  await time.pass(100)
  report.take(on('converged'))
  await time.pass(100)
  expect(written()).toEqual(['status'])
})

it('writes nothing as a standby, nor before all sources have been read', async () => {
  const { time, report, written } = reporting()
  report.take(of({ leads: false, reason: 'NoProxy' }))
  await time.pass(1000)
  report.take(of({ snapshot: undefined, reason: 'NoProxy' }))
  await time.pass(1000)
  expect(written()).toEqual([])
})

it('does not repeat the events of the previous leader', async () => {
  const reported = reporting()
  reported.report.take(of({ reason: 'Refused' }))
  await reported.time.pass(1000)
  const { time, report, written } = reporting({ status: reported.server.status(KEY) })
  report.take(of({ reason: 'Refused' }))
  await time.pass(1000)
  expect(written()).toEqual([])
})

it('writes a persistent state without further reports', async () => {
  const { time, report, written } = reporting()
  report.take(of({ reason: 'Pending' }))
  await time.pass(2000)
  expect(written()).toEqual([])
  await time.pass(2000)
  expect(written()).toEqual(['status'])
})

it('writes events for persistently missing endpoints and their recovery', async () => {
  const { time, server, report } = reporting()
  const reported = (reason: ConditionReason) => {
    const holds = reason === 'EndpointsReady'
    const condition = { type: 'EndpointsReady', status: holds ? 'True' : 'False', reason, message: reason }
    return new Map([[KEY, { ...status('Programmed'), conditions: [condition] } as ResourceStatus]])
  }
  const after = async (reason: ConditionReason, milliseconds: number) => {
    report.take(of({ statuses: () => reported(reason) }))
    await time.pass(milliseconds)
  }
  const events = () =>
    server.calls.flatMap(({ method, body }) => (method === 'POST' ? [(body as { reason: string }).reason] : []))
  await after('EndpointsReady', 1000)
  await after('NoEndpoints', 2000)
  await after('EndpointsReady', 10_000)
  expect(events()).toEqual([])
  await after('NoEndpoints', 5000)
  await after('EndpointsReady', 1000)
  expect(events()).toEqual(['NoEndpoints', 'EndpointsReady'])
})

it('writes few events for a proxy that is removed and added repeatedly, regardless of its resources', async () => {
  const { time, server, report } = reporting()
  const keys = Array.from({ length: 500 }, (_, index): ResourceKey => `Route/dns/r${index}`)
  for (const key of keys) server.put(key, { uid: key, status: {} })
  const [up, down] = [status('Programmed'), status('ProxyUnreachable')]
  const error = new ProxyError('unreachable', 'no answer')
  const moment = (isUp: boolean) => {
    const state = { error: isUp ? undefined : error, lastRun: undefined }
    const proxies = new Map([['l7mp/p', state]]) as unknown as Report['proxies']
    report.take(of({ proxies, statuses: () => new Map(keys.map(key => [key, isUp ? up : down])) }))
  }
  moment(true)
  await time.pass(60_000)
  expect(server.calls).toHaveLength(500)
  for (let second = 0; second < 120; second++) {
    moment(second % 2 === 0)
    await time.pass(1000)
  }
  expect(server.calls.length - 500).toBeLessThanOrEqual(3)
})

it('writes an event for a proxy that does not respond', async () => {
  const { time, server, report } = reporting()
  const error = new ProxyError('unreachable', 'no answer')
  const proxies = new Map([['l7mp/p', { error, lastRun: undefined }]]) as unknown as Report['proxies']
  report.take(of({ proxies }))
  await time.pass(1000)
  expect(server.calls).toContainEqual(
    expect.objectContaining({ body: expect.objectContaining({ reason: 'ProxyUnreachable' }) }),
  )
})
