import { describe, expect, it } from 'vitest'
import type { Pod } from '../../../src/kinds/core-types.ts'
import { endpointSlices } from '../../../src/local/manifests/slices.ts'
import type { LocalService } from '../../../src/local/manifests/workload.ts'

type Changes = {
  readonly labels?: Record<string, string>
  readonly ready?: boolean
  readonly ending?: boolean
  readonly phase?: string
  readonly namespace?: string
  readonly http?: number
}
const pod = (name: string, podIP: string | undefined, changes: Changes = {}): Pod => ({
  metadata: {
    name,
    namespace: changes.namespace ?? 'shop',
    labels: changes.labels ?? { app: 'web' },
    ...(changes.ending && { deletionTimestamp: '2026-01-01T00:00:00.000Z' }),
  },
  spec: { containers: [{ name: 'app', ports: [{ name: 'http', containerPort: changes.http ?? 8080 }] }] },
  status: {
    phase: changes.phase ?? 'Running',
    ...(podIP !== undefined && { podIP }),
    conditions: [{ type: 'Ready', status: changes.ready === false ? 'False' : 'True' }],
  },
})
const service = (spec: Partial<LocalService['spec']> = {}): LocalService => ({
  metadata: { name: 'web', namespace: 'shop' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }], ...spec },
})
const slices = (found: LocalService, ...pods: readonly Pod[]) => [...endpointSlices([found], pods, new Map()).values()]
const addresses = (...pods: readonly Pod[]) =>
  slices(service(), ...pods).flatMap(({ endpoints }) => endpoints.flatMap(endpoint => endpoint.addresses))

describe('endpointSlices', () => {
  it('matches the endpoint slice controller', () => {
    expect(slices(service(), pod('web-0', '10.0.0.1'))).toEqual([
      {
        metadata: {
          name: expect.stringMatching(/^web-[0-9a-f]{5}$/),
          namespace: 'shop',
          labels: {
            'kubernetes.io/service-name': 'web',
            'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
          },
        },
        addressType: 'IPv4',
        endpoints: [
          {
            addresses: ['10.0.0.1'],
            conditions: { ready: true, serving: true, terminating: false },
            targetRef: { kind: 'Pod', name: 'web-0', namespace: 'shop' },
          },
        ],
        ports: [{ name: '', port: 8080, protocol: 'TCP' }],
      },
    ])
  })

  it.each([
    ['ready', {}, { ready: true, serving: true, terminating: false }],
    ['not ready', { ready: false }, { ready: false, serving: false, terminating: false }],
    ['ending and still serving', { ending: true }, { ready: false, serving: true, terminating: true }],
    ['ending and done', { ending: true, ready: false }, { ready: false, serving: false, terminating: true }],
  ])('conditions of a pod that is %s', (_, changes, conditions) => {
    expect(slices(service(), pod('p', '10.0.0.1', changes))[0]?.endpoints[0]?.conditions).toEqual(conditions)
  })

  it('excludes pods of other namespaces or labels, without an address, or completed', () => {
    expect(
      addresses(
        pod('a', '10.0.0.1'),
        pod('b', '10.0.0.2', { namespace: 'other' }),
        pod('c', '10.0.0.3', { labels: { app: 'db' } }),
        pod('d', undefined),
        pod('e', '10.0.0.5', { phase: 'Succeeded' }),
        pod('f', '10.0.0.6', { phase: 'Failed' }),
        pod('g', '10.0.0.7', { labels: { app: 'web', more: 'yes' } }),
      ),
    ).toEqual(['10.0.0.1', '10.0.0.7'])
  })

  it.each<[string, LocalService['spec']]>([
    ['no selector', {}],
    ['an empty selector', { selector: {} }],
    ['an external name', { selector: { app: 'web' }, type: 'ExternalName', externalName: 'example.com' }],
  ])('makes none for a Service with %s', (_, spec) => {
    expect(slices({ metadata: { name: 'web', namespace: 'shop' }, spec }, pod('a', '10.0.0.1'))).toEqual([])
  })

  it('resolves the target port, or the port, by number or by name and protocol', () => {
    const ports = [
      { name: 'a', port: 80 },
      { name: 'b', port: 81, targetPort: 9000, protocol: 'UDP' },
      { name: 'c', port: 82, targetPort: 'http' },
      { name: 'd', port: 83, targetPort: 'http', protocol: 'UDP' },
    ]
    expect(slices(service({ ports }), pod('p', '10.0.0.1'))[0]?.ports).toEqual([
      { name: 'a', port: 80, protocol: 'TCP' },
      { name: 'b', port: 9000, protocol: 'UDP' },
      { name: 'c', port: 8080, protocol: 'TCP' },
    ])
  })

  it('separates pods whose named port has different numbers', () => {
    const found = slices(service(), pod('a', '10.0.0.1'), pod('b', '10.0.0.2', { http: 9090 }), pod('c', '10.0.0.3'))
    expect(found.map(({ ports, endpoints }) => [ports?.[0]?.port, endpoints.length])).toEqual([
      [8080, 2],
      [9090, 1],
    ])
    expect(new Set(found.map(({ metadata }) => metadata.name)).size).toBe(2)
  })

  it('puts at most 100 endpoints in a slice', () => {
    const pods = Array.from({ length: 230 }, (_, index) => pod(`p${index}`, `10.0.0.${index}`))
    expect(slices(service(), ...pods).map(({ endpoints }) => endpoints.length)).toEqual([100, 100, 30])
  })

  it('publishes addresses that are not ready if the Service says so', () => {
    const found = slices(service({ publishNotReadyAddresses: true }), pod('a', '10.0.0.1', { ready: false }))
    expect(found[0]?.endpoints[0]?.conditions).toEqual({ ready: true, serving: false, terminating: false })
  })

  it('keeps the identity of unchanged slices', () => {
    const services = [service(), { ...service(), metadata: { name: 'db', namespace: 'shop' } }]
    const before = endpointSlices(services, [pod('a', '10.0.0.1')], new Map())
    expect(endpointSlices(services, [pod('a', '10.0.0.1')], before)).toBe(before)
    const other = { ...service({ selector: { app: 'db' } }), metadata: { name: 'db', namespace: 'shop' } }
    const after = endpointSlices([service(), other], [pod('a', '10.0.0.1')], before)
    expect(after).not.toBe(before)
    expect([...after.values()]).toEqual([...before.values()].slice(0, 1))
    for (const [key, slice] of after) expect(before.get(key)).toBe(slice)
  })
})
