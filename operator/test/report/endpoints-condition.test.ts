import { describe, expect, it } from 'vitest'
import { endpointsOf } from '../../src/report/endpoints-condition.ts'
import type { Resolutions } from '../../src/resolve/resolutions.ts'
import type { Destination, Problem } from '../../src/translate/desired.ts'

const destination = (change: Partial<Destination> = {}): Destination => ({
  path: 'spec.cluster',
  named: undefined,
  cluster: change.path ?? 'c',
  protocol: 'UDP',
  source: 'pods',
  ready: 1,
  total: 1,
  unreachable: [],
  names: [],
  ...change,
})
const of = (
  destinations: readonly Partial<Destination>[],
  resolved: Resolutions = new Map(),
  problems: readonly Problem[] = [],
) => {
  const { condition, endpoints } = endpointsOf(destinations.map(destination), resolved, problems)
  return { ...condition, ...endpoints }
}
const NOWHERE = { ipv4: false, ipv6: false }

describe('endpoints are ready', () => {
  it('if every destination has some', () => {
    expect(of([{ path: 'a', ready: 2, total: 3 }, { path: 'b' }])).toEqual({
      type: 'EndpointsReady',
      status: 'True',
      reason: 'EndpointsReady',
      message: '3 of 4 endpoints are ready',
      ready: 3,
      total: 4,
      summary: '3/4',
    })
  })

  it('if none is needed', () => {
    expect(of([])).toMatchObject({ status: 'True', message: 'no destination needs endpoints', summary: '-' })
  })

  it('once per destination, even with several references to it', () => {
    expect(of([{ cluster: 'c' }, { cluster: 'c' }])).toMatchObject({ summary: '1/1' })
    const [first, second] = [
      { path: 'a', cluster: 'c', ready: 0, total: 2 },
      { path: 'b', cluster: 'c', ready: 0, total: 2 },
    ]
    expect(of([first, second])).toMatchObject({ summary: '0/2', message: expect.stringMatching(/^a \(and 1 more\): /) })
  })
})

describe('endpoints are not ready, with the destination and a hint', () => {
  it('also if one destination of several has none', () => {
    const [some, none] = [
      { path: 'a', ready: 3, total: 3 },
      { path: 'b', ready: 0, total: 0 },
    ]
    expect(of([some, none])).toMatchObject({ reason: 'NoEndpoints', ready: 3, total: 3, summary: '3/3!' })
    expect(of([none])).toMatchObject({ summary: '0/0' })
  })

  it.each<[string, Partial<Destination>, string]>([
    [
      'no pod is selected',
      { total: 0 },
      'spec.cluster: selects no pod: check the selector, and that the workload is not scaled to 0',
    ],
    ['one pod is not ready', {}, 'spec.cluster: has 1 pod, which is not ready: check the pods'],
    [
      'no pod is ready',
      { total: 3, named: 'Target a/b' },
      'spec.cluster: Target a/b has 3 pods, but none is ready: check the pods',
    ],
    [
      'nothing is set',
      { total: 0, source: 'addresses' },
      'spec.cluster: has no endpoint: add an address or a selector to `endpoints`, with a weight other than 0',
    ],
    [
      'a Service has none',
      { total: 0, source: 'slices', named: 'Service a/b' },
      'spec.cluster: Service a/b has no endpoint: check that its selector selects pods, and that the workload is not scaled to 0; without a selector it needs an EndpointSlice with the label kubernetes.io/service-name',
    ],
    [
      'none of a Service is ready',
      { total: 2, source: 'slices' },
      'spec.cluster: has 2 endpoints, but none is ready: check the pods behind it',
    ],
  ])('%s', (_, change, message) => {
    expect(of([{ ready: 0, ...change }, { path: 'good' }])).toMatchObject({
      status: 'False',
      reason: 'NoEndpoints',
      message,
    })
  })

  it('if UDP reaches none of the addresses', () => {
    expect(of([{ ready: 0, total: 2, unreachable: ['fd00::1', 'fd00::2'] }])).toMatchObject({
      status: 'False',
      reason: 'EndpointsUnreachable',
      message:
        'spec.cluster: has fd00::1, fd00::2, but the l7mp proxy supports UDP over IPv4 only: use an IPv4 address, or TCP',
      summary: '0/2',
    })
    expect(of([{ ready: 1, total: 2, unreachable: ['fd00::1'] }])).toMatchObject({ status: 'True', summary: '1/2' })
  })

  it('if one of several names does not resolve', () => {
    const names = ['a.example', 'b.example']
    const resolved = new Map([
      ['a.example', NOWHERE],
      ['b.example', { ipv4: true, ipv6: false }],
    ])
    expect(of([{ ready: 2, total: 2, names }], resolved)).toMatchObject({
      status: 'False',
      reason: 'AddressNotResolved',
      message: expect.stringContaining('uses a.example, which the operator cannot resolve'),
      summary: '1/2',
    })
    expect(of([{ ready: 2, total: 2, names }])).toMatchObject({ status: 'True', summary: '2/2' })
  })

  it('if a name has only IPv6 addresses, over UDP', () => {
    const resolved = new Map([['a.example', { ipv4: false, ipv6: true }]])
    const names = ['a.example']
    expect(of([{ names }], resolved)).toMatchObject({ reason: 'EndpointsUnreachable', summary: '0/1' })
    expect(of([{ names, protocol: 'TCP' }], resolved)).toMatchObject({ status: 'True', summary: '1/1' })
  })

  it('with at most three faults, in order of severity', () => {
    const dead = Array.from({ length: 4 }, (_, i) => ({ path: `p${i}`, ready: 0, total: 0 }))
    const { reason, message } = of([{ path: 'six', ready: 0, unreachable: ['::1'] }, ...dead])
    expect(reason).toBe('NoEndpoints')
    expect(message.split('; ').map(text => text.slice(0, 3))).toEqual(['p0:', 'p1:', 'p2:', 'and'])
    expect(message).toContain('and 2 more')
  })
})

it.each([
  ['Accepted', 'Invalid', 'NotAccepted'],
  ['ResolvedRefs', 'RefNotFound', 'RefNotFound'],
] as const)('nothing is known where %s leaves nothing to judge', (condition, reason, said) => {
  const problem: Problem = { condition, reason, path: '', message: '' }
  expect(of([], new Map(), [problem])).toMatchObject({ status: 'Unknown', reason: said })
  expect(of([{}], new Map(), [problem])).toMatchObject({ status: 'True' })
})
