import type { VirtualService } from '@l7mesh/crds'
import {
  adapted,
  CAPABILITIES,
  type Cluster,
  type Config,
  createCompare,
  EMPTY_CONFIG,
  HARDENED,
  type Listener,
} from '@l7mesh/proxy-client'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { statusToApply } from '../../src/report/kubernetes/applied-status.ts'
import type { ProxyReport } from '../../src/report/placements.ts'
import { createStatuses, type StatusInput, statuses } from '../../src/report/status.ts'
import { EMPTY_SNAPSHOT, type ResourceKey, type Snapshot } from '../../src/sources/snapshot.ts'
import type { DesiredProxy, Destination, Verdict } from '../../src/translate/desired.ts'

const key: ResourceKey = 'VirtualService/default/dns'
const listener: Listener = {
  name: '/apis/l7mp.io/v1/namespaces/default/virtualservices/dns@1',
  spec: { protocol: 'WebSocket', port: 8888 },
  rules: 'rules',
  options: { track: 0 },
}
const config: Config = { ...EMPTY_CONFIG, listeners: new Map([[listener.name, listener]]) }
const service: VirtualService = {
  apiVersion: 'l7mp.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'dns', namespace: 'default', generation: 3 },
  spec: { selector: {}, listener: { spec: { WebSocket: { port: 8888 } }, rules: [] } },
}
const snapshot: Snapshot = { ...EMPTY_SNAPSHOT, virtualServices: new Map([['default/dns', service]]) }
const NO_PODS: Destination = {
  path: 'spec.listener.rules[0].action.route.destination',
  named: undefined,
  cluster: 'c',
  protocol: 'TCP',
  source: 'pods',
  ready: 0,
  total: 2,
  unreachable: [],
  names: [],
}
const BY_NAME: Destination = { ...NO_PODS, cluster: 'd', ready: 1, total: 1, names: ['a.example'] }

const NO_PROBLEM: Verdict = { problems: [], notes: [] }

describe('status', () => {
  it('is Programmed only if every selected proxy, as read back, has every object', () => {
    const holding = report({ live: config, phase: 'converged' })
    expect(of({ a: holding, b: holding })).toMatchObject({
      observedGeneration: 3,
      proxies: { selected: 2, programmed: 2 },
      conditions: [
        { type: 'Accepted', status: 'True' },
        { type: 'ResolvedRefs', status: 'True' },
        { type: 'Programmed', status: 'True', reason: 'Programmed', message: 'programmed on 2 of 2 proxies' },
        { type: 'EndpointsReady', status: 'True', message: 'no destination needs endpoints' },
      ],
    })
  })

  it('is not Programmed until a proxy has been read, regardless of calls to it', () => {
    const status = of({
      a: report({ live: config, phase: 'converged' }),
      b: report({ live: undefined, phase: 'unknown' }),
    })
    expect(status?.proxies).toEqual({ selected: 2, programmed: 1 })
    expect(programmed(status)).toMatchObject({ status: 'False', reason: 'Pending' })
  })

  it('is not Programmed if the proxy has a different object of the same name', () => {
    const other = { ...listener, options: { track: 9 } }
    const live = { ...config, listeners: new Map([[listener.name, other]]) }
    expect(programmed(of({ a: report({ live, phase: 'converging' }) }))).toMatchObject({
      status: 'False',
      reason: 'Pending',
    })
  })

  it.each([
    ['address-in-use', 'PortBusy'],
    ['no-effect', 'NoEffect'],
    ['deadly', 'ProxyDies'],
    ['invalid', 'Refused'],
  ])('says why a proxy lacks an object: %s is %s', (code, reason) => {
    const failures = new Map([[`listener ${listener.name}` as const, { code, message: 'because' }]])
    const condition = programmed(of({ a: report({ live: EMPTY_CONFIG, phase: 'failing', failures }) }))
    expect(condition).toMatchObject({ status: 'False', reason, message: 'programmed on 0 of 1 proxies; a: because' })
  })

  it.each([
    ['unreachable', 'ProxyUnreachable'],
    ['timeout', 'ProxyUnreachable'],
    ['locked-out', 'ProxyLockedOut'],
  ])('does not trust what was read before the proxy stopped answering: %s is %s', (code, reason) => {
    const condition = programmed(
      of({ a: report({ live: config, phase: 'unreachable', error: { code, message: 'gone' } }) }),
    )
    expect(condition).toMatchObject({ status: 'False', reason })
  })

  it('reports that replacing a listener ended its sessions', () => {
    const endedSessions = new Set([listener.name])
    const condition = programmed(of({ a: report({ live: config, phase: 'converged', endedSessions }) }))
    expect(condition).toMatchObject({ status: 'True', reason: 'SessionsEnded' })
  })

  it.each([
    ['converged', [], 'False', 'Unsupported'],
    ['converging', [], 'False', 'Unsupported'],
    ['converged', CAPABILITIES, 'True', 'Programmed'],
  ] as const)('reports unsupported endpoints of a proxy, %s with capabilities %j', (phase, rules, status, reason) => {
    const endpoint = { name: 'c/e', spec: { address: '10.0.0.1', port: 5061 }, weight: 1 }
    const cluster: Cluster = {
      name: 'c',
      spec: { protocol: 'UDP', port: 5060 },
      loadbalancer: { policy: 'HashRing' },
      endpoints: [endpoint],
    }
    const wanted: Config = { ...config, clusters: new Map([['c', cluster]]) }
    const parts = new Map([[key, [{ kind: 'endpoint' as const, name: endpoint.name }]]])
    const desired = { ...report({}).desired, config: wanted, parts }
    const live = {
      ...adapted(wanted, { rulelists: new Map() }, createCompare()),
      rulelists: new Map([[HARDENED, { name: HARDENED, rules }]]),
    }
    const held = reason === 'Programmed' ? { ...live, clusters: wanted.clusters } : live
    const condition = programmed(of({ a: report({ desired, live: held, phase }) }))
    expect(condition).toMatchObject({ status, reason })
    if (status === 'False')
      expect(condition?.message).toMatch(/different ports: no sessions are sent to 10\.0\.0\.1 at port 5061$/)
  })

  it('reports an invalid field in a condition', () => {
    const verdict: Verdict = {
      problems: [{ condition: 'ResolvedRefs', reason: 'RefNotFound', path: 'spec.listener.rules[0]', message: 'no x' }],
      notes: ['path'],
    }
    const [accepted, resolved, last] = of({}, verdict)?.conditions ?? []
    expect(accepted).toMatchObject({ status: 'True', message: 'path' })
    expect(resolved).toMatchObject({ status: 'False', reason: 'RefNotFound', message: 'spec.listener.rules[0]: no x' })
    expect(last).toMatchObject({ status: 'False', reason: 'NoProxy' })
  })

  it('reports the first of many problems, and the number of others', () => {
    const problems = Array.from({ length: 5000 }, (_, i) => ({
      condition: 'ResolvedRefs' as const,
      reason: 'RefNotFound' as const,
      path: `spec.listener.rules[${i}]`,
      message: 'no x',
    }))
    const notes = ['x'.repeat(1_000_000), 'another']
    const [accepted, resolved] = of({}, { problems, notes })?.conditions ?? []
    expect(accepted?.message).toMatch(/^x{4000}…; and 1 more$/)
    expect(resolved?.message).toMatch(/^spec\.listener\.rules\[0\]: no x; .*; and 48\d\d more$/)
    expect(resolved?.message.length).toBeLessThan(4100)
  })

  it('counts endpoints, independently of Programmed', () => {
    const programmedAndEmpty = input({ a: report({ live: config, phase: 'converged' }) })
    const destinations = new Map([[key, [NO_PODS]]])
    const status = statuses({ ...programmedAndEmpty, fleet: { ...programmedAndEmpty.fleet, destinations } }).get(key)
    expect(status).toMatchObject({ endpoints: { ready: 0, total: 2, summary: '0/2' } })
    expect(status?.conditions.slice(2)).toMatchObject([
      { type: 'Programmed', status: 'True' },
      { type: 'EndpointsReady', status: 'False', reason: 'NoEndpoints' },
    ])
  })

  it('of an accepted stub is Programmed without proxies', () => {
    const stub = { ...service, spec: { ...service.spec, listener: { spec: service.spec.listener.spec } } }
    const ofStub = (verdict: Verdict) => {
      const virtualServices = new Map([['default/dns', stub]])
      return statuses({ ...input({}, verdict), snapshot: { ...snapshot, virtualServices } }).get(key)
    }
    expect(ofStub(NO_PROBLEM)?.conditions.map(({ status }) => status)).toEqual(['True', 'True', 'True', 'True'])
    const problem = { condition: 'Accepted', reason: 'Invalid', path: '', message: '' } as const
    expect(programmed(ofStub({ problems: [problem], notes: [] }))).toMatchObject({ reason: 'NotAccepted' })
  })

  it('reports a rejected resource as not programmed', () => {
    const rejected = new Map([[key, [{ path: 'spec.selector', message: 'is missing', help: 'Give a selector' }]]])
    const status = statuses({ ...input({}), snapshot: EMPTY_SNAPSHOT, rejected }).get(key)
    expect(status?.conditions).toMatchObject([
      { type: 'Accepted', status: 'False', reason: 'Invalid', message: 'spec.selector: is missing; Give a selector' },
      { type: 'ResolvedRefs', status: 'True' },
      { type: 'Programmed', status: 'False', reason: 'NotAccepted' },
      { type: 'EndpointsReady', status: 'Unknown', reason: 'NotAccepted' },
    ])
  })
})

it('reports a rejected resource without a valid version in its newest generation', () => {
  const rejected = new Map([[key, [{ path: 'spec', message: 'is wrong', help: 'Fix it' }]]])
  const newest = { rejected, generationOf: () => 7 }
  const inForce = input({ a: report({ live: config, phase: 'converged' }) })
  expect(statuses({ ...inForce, ...newest, snapshot: EMPTY_SNAPSHOT }).get(key)?.observedGeneration).toBe(7)
})

it('reports a rejected resource with a valid version in both generations', () => {
  const rejected = new Map([[key, [{ path: 'spec', message: 'is wrong', help: 'Fix it' }]]])
  const inForce = input({ a: report({ live: config, phase: 'converged' }) })
  const status = statuses({ ...inForce, rejected, generationOf: () => 7 }).get(key)
  expect(status).toMatchObject({ observedGeneration: 3, refusedGeneration: 7 })
  expect(status && statusToApply(status, undefined, new Date())).toMatchObject({
    observedGeneration: 7,
    conditions: [
      { type: 'Accepted', status: 'False', observedGeneration: 7 },
      { type: 'ResolvedRefs', status: 'True', observedGeneration: 3 },
      { type: 'Programmed', status: 'True', observedGeneration: 3 },
      { type: 'EndpointsReady', observedGeneration: 3 },
    ],
  })
  expect(statuses({ ...inForce, generationOf: () => 7 }).get(key)).not.toHaveProperty('refusedGeneration')
})

describe('statuses computed incrementally', () => {
  const DESTINATIONS: readonly (readonly Destination[])[] = [[], [NO_PODS], [BY_NAME]]
  const problem: Verdict = {
    problems: [{ condition: 'Accepted', reason: 'PortConflict', path: '', message: 'taken' }],
    notes: [],
  }
  const states: readonly Partial<ProxyReport>[] = [
    { live: config, phase: 'converged' },
    { live: EMPTY_CONFIG, phase: 'converging' },
    { live: config, phase: 'converged', endedSessions: new Set([listener.name]) },
    { live: config, phase: 'unreachable', error: { code: 'timeout', message: 'gone' } },
  ]
  const rejected = new Map([[key, [{ path: 'spec', message: 'is wrong', help: 'Fix it' }]]])
  const moment = fc.record({
    proxies: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom(...states)),
    verdict: fc.constantFrom(NO_PROBLEM, problem),
    isRejected: fc.boolean(),
    destinations: fc.constantFrom(...DESTINATIONS),
    resolved: fc.constantFrom(new Map(), new Map([['a.example', { ipv4: false, ipv6: false }]])),
  })

  it('equal those computed individually', () => {
    fc.assert(
      fc.property(fc.array(moment, { minLength: 2, maxLength: 6 }), moments => {
        const again = createStatuses()
        for (const { proxies, verdict, isRejected, destinations, resolved } of moments) {
          const reports = Object.fromEntries(Object.entries(proxies).map(([name, state]) => [name, report(state)]))
          const given = input(reports, verdict)
          const fleet = { ...given.fleet, destinations: new Map([[key, destinations]]) }
          const now = { ...given, fleet, resolved, ...(isRejected && { rejected }) }
          expect(again(now)).toEqual(statuses(now))
        }
      }),
    )
  })

  it('stay the same objects without changes', () => {
    const again = createStatuses()
    const now = input({ a: report({ live: config, phase: 'converged' }) })
    const before = again(now).get(key)
    expect(again({ ...now, proxies: new Map(now.proxies) }).get(key)).toBe(before)
  })
})

function report(known: Partial<ProxyReport>): ProxyReport {
  const desired: DesiredProxy = {
    proxy: { key: 'default/p', uid: 'u', address: '127.0.0.1', port: 1234 },
    config,
    parts: new Map([[key, [{ kind: 'listener', name: listener.name }]]]),
  }
  return {
    desired,
    phase: 'unknown',
    live: undefined,
    failures: new Map(),
    error: undefined,
    endedSessions: new Set(),
    strandedSessions: new Map(),
    ...known,
  }
}

function input(proxies: Readonly<Record<string, ProxyReport>>, verdict: Verdict = NO_PROBLEM): StatusInput {
  return {
    snapshot,
    fleet: { proxies: new Map(), verdicts: new Map([[key, verdict]]), destinations: new Map() },
    proxies: new Map(Object.entries(proxies)),
    rejected: new Map(),
  }
}

function of(proxies: Readonly<Record<string, ProxyReport>>, verdict?: Verdict) {
  return statuses(input(proxies, verdict)).get(key)
}

function programmed(status: ReturnType<typeof of>) {
  return status?.conditions.find(({ type }) => type === 'Programmed')
}
