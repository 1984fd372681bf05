import { readFile } from 'node:fs/promises'
import { EMPTY_CONFIG, MARKER, ProxyError } from '@l7mesh/proxy-client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { initialState, type ProxyState } from '../../src/converge/state.ts'
import type { KubeRequest } from '../../src/kube/kube-client.ts'
import { KubeError } from '../../src/kube/kube-error.ts'
import { EVENT_REASONS } from '../../src/report/event-reasons.ts'
import { fillingsNow, type Moment, type Occurrence, occurrences, type ReportedStatus } from '../../src/report/events.ts'
import { EventWriter } from '../../src/report/kubernetes/event-writer.ts'
import type { ResourceKey } from '../../src/sources/snapshot.ts'
import { VirtualTime } from '../support/virtual-time.ts'
import { FakeServer } from './kubernetes/fake-server.ts'

const KEY: ResourceKey = 'VirtualService/dns/a'
const NOTHING: Moment = { statuses: new Map(), proxies: new Map(), fillings: new Map() }

const reported = (type: string, reason: string, message = 'because'): ReportedStatus => ({
  conditions: [{ type, reason, message }],
})
const resource = (status: ReportedStatus): Moment => ({ ...NOTHING, statuses: new Map([[KEY, status]]) })
const DESIRED = initialState({
  proxy: { key: 'l7mp/p', uid: '1', address: '10.0.0.1', port: 1234 },
  config: EMPTY_CONFIG,
  parts: new Map(),
})
const proxy = (state: Partial<ProxyState>): Moment => ({
  ...NOTHING,
  proxies: new Map([['l7mp/p', { ...DESIRED, ...state }]]),
})
const run = (cause: 'change' | 'drift', at = 1) => ({ lastRun: { at, took: 1, calls: 7, cause } })

/** A proxy with this filling, after the known ones. */
function filled(before: Moment, id: string | undefined, { uid = '1', more = {} as Partial<ProxyState> } = {}): Moment {
  const rulelists = new Map(id === undefined ? [] : [[MARKER, { name: MARKER, rules: [id] }]])
  const desired = { ...DESIRED.desired, proxy: { ...DESIRED.desired.proxy, uid } }
  const after = proxy({ desired, live: { ...EMPTY_CONFIG, rulelists }, ...more })
  return { ...after, fillings: fillingsNow(before.fillings, after.proxies, () => true) }
}

describe('an occurrence between two reports', () => {
  it.each([
    ['Accepted', 'PortConflict'],
    ['Programmed', 'PortBusy'],
    ['Programmed', 'Refused'],
    ['Programmed', 'ProxyDies'],
  ])('is reported where a resource is not %s for %s', (type, reason) => {
    expect(occurrences(NOTHING, resource(reported(type, reason)))).toEqual([{ reason, about: KEY, note: 'because' }])
  })

  it('is reported once, and again if the message changes', () => {
    const before = resource(reported('Programmed', 'Refused'))
    expect(occurrences(before, resource(reported('Programmed', 'Refused')))).toEqual([])
    expect(occurrences(before, resource(reported('Programmed', 'Refused', 'other')))).toHaveLength(1)
  })

  it('is not reported for desired or temporary states', () => {
    for (const reason of ['Programmed', 'Pending', 'NoProxy', 'ProxyUnreachable', 'RefNotFound'])
      expect(occurrences(NOTHING, resource(reported('Programmed', reason)))).toEqual([])
  })

  it('is reported if others changed a proxy, not if l7mesh did', () => {
    const about = 'Pod/l7mp/p'
    expect(occurrences(proxy({}), proxy(run('drift')))).toMatchObject([{ reason: 'DriftRepaired', about }])
    expect(occurrences(proxy({}), proxy(run('change')))).toEqual([])
    const same = proxy(run('drift'))
    expect(occurrences(same, same)).toEqual([])
  })

  it('is reported if a proxy was refilled in the same pod', () => {
    const first = filled(NOTHING, 'filling-1')
    const second = filled(first, 'filling-2')
    expect(occurrences(NOTHING, first)).toEqual([])
    expect(occurrences(first, second)).toMatchObject([{ reason: 'ProxyRefilled', about: 'Pod/l7mp/p' }])
    expect(occurrences(second, filled(second, 'filling-2'))).toEqual([])
    expect(occurrences(first, filled(first, 'filling-2', { uid: '2' }))).toEqual([])
  })

  it('is reported also if the pod of the proxy was temporarily not ready', () => {
    const first = filled(NOTHING, 'filling-1')
    const away = { ...NOTHING, fillings: fillingsNow(first.fillings, new Map(), () => true) }
    expect(occurrences(away, filled(away, 'filling-2'))).toMatchObject([{ reason: 'ProxyRefilled' }])
    expect(fillingsNow(first.fillings, new Map(), () => false).size).toBe(0)
  })

  it('is reported once if others deleted the marker too', () => {
    const first = filled(NOTHING, 'filling-1')
    const repaired = filled(first, 'filling-2', { more: run('drift') })
    expect(occurrences(first, repaired)).toMatchObject([{ reason: 'DriftRepaired' }])
  })

  it('is reported once if a proxy does not respond, not if the call was aborted', () => {
    const failing = (code: ProxyError['code']) => proxy({ error: new ProxyError(code, 'no answer') })
    expect(occurrences(NOTHING, failing('timeout'))).toMatchObject([{ reason: 'ProxyUnreachable', note: 'no answer' }])
    expect(occurrences(NOTHING, failing('locked-out'))).toMatchObject([{ reason: 'ProxyLockedOut' }])
    expect(occurrences(failing('timeout'), failing('timeout'))).toEqual([])
    expect(occurrences(NOTHING, failing('aborted'))).toEqual([])
  })
})

function world({ rate = 2 } = {}) {
  const time = new VirtualTime()
  time.now = Date.UTC(2026, 0, 1)
  const server = new FakeServer(time)
  const failures: unknown[] = []
  const options = { client: server, clock: time.clock, rate, instance: 'operator-1' }
  const events = new EventWriter({
    ...options,
    fraction: () => 1,
    mayWrite: () => true,
    onFailure: error => failures.push(error),
  })
  const tell = (...happened: readonly Occurrence[]) => {
    const again = events.write(happened, () => 'uid-1')
    if (again < Number.POSITIVE_INFINITY) time.at(time.now + again, () => tell())
  }
  const stopped = new AbortController()
  const ended = events.run(stopped.signal)
  onTestFinished(async () => {
    stopped.abort()
    await time.pass(60_000)
    await ended
  })
  return { time, server, tell, failures }
}

const refused = (name = 'a', note = 'because'): Occurrence => ({
  reason: 'Refused',
  about: `VirtualService/dns/${name}`,
  note,
})
const body = (call: KubeRequest | undefined) => call?.body as Record<string, unknown>

describe('events in a cluster', () => {
  it('are written in the namespace of their object', async () => {
    const { time, server, tell } = world()
    tell(refused())
    await time.pass(100)
    expect(server.calls).toHaveLength(1)
    expect(server.calls[0]).toMatchObject({ method: 'POST', path: '/apis/events.k8s.io/v1/namespaces/dns/events' })
    expect(body(server.calls[0])).toMatchObject({
      kind: 'Event',
      metadata: { namespace: 'dns', name: expect.stringMatching(/^a\.[0-9a-f]{16}$/) },
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'l7mp.io/l7mesh',
      reportingInstance: 'operator-1',
      regarding: { apiVersion: 'l7mp.io/v1', kind: 'VirtualService', namespace: 'dns', name: 'a', uid: 'uid-1' },
      type: 'Warning',
      reason: 'Refused',
      action: 'Program',
      note: 'because',
    })
  })

  it('count repetitions, at most once a minute', async () => {
    const { time, server, tell } = world()
    for (let second = 0; second < 170; second++) {
      tell(refused())
      await time.pass(1000)
    }
    expect(server.calls.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'PATCH'])
    expect(body(server.calls[2])).toMatchObject({ series: { count: expect.any(Number) } })
    await time.pass(120_000)
    expect(body(server.calls.at(-1))).toMatchObject({ series: { count: 170 } })
    expect(server.calls).toHaveLength(4)
  })

  it('are new after a long pause', async () => {
    const { time, server, tell } = world()
    tell(refused())
    await time.pass(700_000)
    tell(refused())
    await time.pass(100)
    expect(server.calls.map(({ method }) => method)).toEqual(['POST', 'POST'])
    expect(new Set(server.calls.map(call => JSON.stringify(body(call).metadata))).size).toBe(2)
  })

  it('are limited: a thousand resources fail, and a proxy is removed and added repeatedly', async () => {
    const { time, server, tell } = world()
    const down: Occurrence = { reason: 'ProxyUnreachable', about: 'Pod/l7mp/p', note: 'no answer' }
    const up: Occurrence = { reason: 'ProxyRefilled', about: 'Pod/l7mp/p', note: 'refilled' }
    tell(...Array.from({ length: 1000 }, (_, index) => refused(`r${index}`)))
    for (let second = 0; second < 300; second++) {
      tell(down, up)
      await time.pass(1000)
    }
    // 25 immediately, 2 per second until the rest is too old, and two series with one write per minute.
    expect(server.calls.length).toBeLessThan(25 + 2 * 62 + 2 * 6)
    const calls = server.calls.length
    await time.pass(600_000)
    expect(server.calls.length - calls).toBeLessThanOrEqual(2)
  })

  it('are dropped if they cannot be written', async () => {
    const { time, server, tell, failures } = world()
    server.fault = () => new KubeError('forbidden', 'no')
    for (let second = 0; second < 50; second++) {
      tell(refused())
      await time.pass(1000)
    }
    expect(server.calls.length).toBeLessThanOrEqual(2)
    expect(failures).toHaveLength(server.calls.length)
  })

  it('are written when the API server recovers, if they are not too old', async () => {
    const { time, server, tell } = world()
    server.fault = () => new KubeError('unreachable', 'no')
    tell(refused())
    await time.pass(20_000)
    server.fault = () => undefined
    await time.pass(30_000)
    const calls = server.calls.length
    await time.pass(120_000)
    expect(calls).toBeGreaterThan(3)
    expect(server.calls).toHaveLength(calls)
  })
})

it('each reason is in docs/reference/events.md', async () => {
  const page = await readFile(new URL('../../../docs/reference/events.md', import.meta.url), 'utf8')
  for (const [reason, { meaning }] of Object.entries(EVENT_REASONS)) {
    expect(page).toContain(`| ${reason} |`)
    expect(page).toContain(meaning)
  }
})
