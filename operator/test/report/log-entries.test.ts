import { describe, expect, it } from 'vitest'
import { logEntries, reportedState } from '../../src/report/log/log-entries.ts'
import type { Overview, PodOverview, ProxyOverview, ResourceOverview } from '../../src/report/overview.ts'
import type { ResourceCondition } from '../../src/report/status.ts'

const EMPTY: Overview = { proxies: [], pods: [], resources: [], problems: [] }
const texts = (before: Partial<Overview> | undefined, after: Partial<Overview>) =>
  logEntries(before && { ...EMPTY, ...before }, { ...EMPTY, ...after }).map(({ level, text }) => `${level}: ${text}`)

const pod: PodOverview = { pod: 'dns/a', address: '127.0.0.2', state: 'ready', ready: true, restarts: 0 }
const proxy: ProxyOverview = {
  proxy: 'l7mp/a',
  address: '127.0.0.1:1234',
  phase: 'converged',
  objects: 3,
  desired: 3,
  problems: [],
}
const condition = (
  type: ResourceCondition['type'],
  status: ResourceCondition['status'],
  reason: ResourceCondition['reason'],
  message = '',
): ResourceCondition => ({ type, status, reason, message })
const resource = (...conditions: readonly ResourceCondition[]): ResourceOverview => ({
  kind: 'VirtualService',
  namespace: 'dns',
  name: 'a',
  where: 'dns.yaml:2',
  observedGeneration: 1,
  conditions,
  proxies: { selected: 1, programmed: 1 },
  endpoints: { ready: 1, total: 1 },
})

describe('changes are logged once', () => {
  it('nothing, if nothing has changed', () => {
    const overview = { pods: [pod], proxies: [proxy], resources: [resource(condition('Accepted', 'True', 'Accepted'))] }
    expect(texts(overview, structuredClone(overview))).toEqual([])
  })

  it('pods that are added, fail and are deleted', () => {
    expect(texts(undefined, { pods: [pod] })).toEqual(['info: pod dns/a at 127.0.0.2: ready'])
    expect(
      texts({ pods: [pod] }, { pods: [{ ...pod, state: 'CrashLoopBackOff', ready: false, restarts: 2 }] }),
    ).toEqual(['error: pod dns/a at 127.0.0.2: CrashLoopBackOff, 2 restarts'])
    expect(texts({ pods: [pod] }, {})).toEqual(['info: pod dns/a deleted'])
  })

  it('proxies that converge, fail, become unreachable, and are removed; not that they are converging', () => {
    expect(texts(undefined, { proxies: [proxy] })).toEqual([
      'info: proxy l7mp/a at 127.0.0.1:1234 converged: 3 objects',
    ])
    const lost: ProxyOverview = { ...proxy, phase: 'unreachable', problems: ['it does not answer'] }
    expect(texts({ proxies: [proxy] }, { proxies: [lost] })).toEqual([
      'warn: proxy l7mp/a at 127.0.0.1:1234: it does not answer',
    ])
    expect(texts({ proxies: [proxy] }, { proxies: [{ ...proxy, phase: 'converging' }] })).toEqual([])
    expect(texts({ proxies: [proxy] }, {})).toEqual(['info: proxy l7mp/a removed'])
  })

  it('resources that are programmed, or not, with the file and line', () => {
    const good = [condition('Accepted', 'True', 'Accepted'), condition('Programmed', 'True', 'Programmed', '1 of 1')]
    const bad = [
      condition('Accepted', 'False', 'PortConflict', 'the port is taken'),
      condition('Programmed', 'False', 'NotAccepted', 'x'),
    ]
    expect(texts(undefined, { resources: [resource(...good)] })).toEqual([
      'info: dns.yaml:2: VirtualService dns/a Programmed: 1 of 1',
    ])
    expect(texts({ resources: [resource(...good)] }, { resources: [resource(...bad)] })).toEqual([
      'warn: dns.yaml:2: VirtualService dns/a PortConflict: the port is taken',
    ])
    expect(texts({ resources: [resource(...bad)] }, { resources: [resource(...good)] })).toEqual([
      'info: dns.yaml:2: VirtualService dns/a Accepted',
      'info: dns.yaml:2: VirtualService dns/a Programmed: 1 of 1',
    ])
    expect(texts({ resources: [resource(...good)] }, {})).toEqual(['info: VirtualService dns/a deleted'])
  })

  it('problems that appear and are resolved', () => {
    const problems = [{ where: 'a.yaml:3', message: 'is not YAML', help: 'Write YAML.' }]
    expect(texts(undefined, { problems })).toEqual(['error: a.yaml:3: is not YAML (Write YAML.)'])
    expect(texts({ problems }, {})).toEqual(['info: resolved: a.yaml:3: is not YAML'])
  })

  it('not the deletion of a pod that has become a proxy', () => {
    expect(texts({ pods: [{ ...pod, pod: 'l7mp/a' }] }, { proxies: [{ ...proxy, phase: 'unknown' }] })).toEqual([])
  })

  it('that destinations have no endpoints, but not while pods are starting, and that they have some again', () => {
    const moment = (status: 'True' | 'False', state: string): Overview => {
      const is = condition('EndpointsReady', status, status === 'True' ? 'EndpointsReady' : 'NoEndpoints', status)
      return { ...EMPTY, proxies: [proxy], pods: [{ ...pod, state }], resources: [resource(is)] }
    }
    const texts = (...moments: readonly Overview[]) => {
      let before: Overview | undefined
      return moments.flatMap(after => {
        const found = logEntries(before, after).filter(({ fields }) => 'condition' in fields)
        before = reportedState(before, after)
        return found.map(({ level, text }) => `${level}: ${text}`)
      })
    }
    expect(texts(moment('False', 'pending'), moment('True', 'ready'))).toEqual([])
    expect(texts(moment('True', 'ready'), moment('False', 'pending'), moment('True', 'ready'))).toEqual([])
    expect(texts(moment('False', 'running'), moment('False', 'ContainerCreating'), moment('True', 'ready'))).toEqual([
      'warn: dns.yaml:2: VirtualService dns/a NoEndpoints: False',
      'info: dns.yaml:2: VirtualService dns/a EndpointsReady: True',
    ])
  })

  it('not a return to the state that was logged', () => {
    const programmed = condition('Programmed', 'True', 'Programmed', '1 of 1')
    const settled = { ...EMPTY, proxies: [proxy], resources: [resource(programmed)] }
    const onItsWay: Overview = {
      ...EMPTY,
      proxies: [{ ...proxy, phase: 'converging' }],
      resources: [resource(condition('Programmed', 'False', 'Pending', '0 of 1'))],
    }
    expect(reportedState(settled, onItsWay)).toEqual(settled)
    expect(logEntries(reportedState(settled, onItsWay), settled)).toEqual([])
    expect(logEntries(reportedState(undefined, onItsWay), settled)).toHaveLength(2)
  })
})
