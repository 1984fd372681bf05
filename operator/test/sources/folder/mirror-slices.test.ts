import { describe, expect, it } from 'vitest'
import { readDocuments } from '../../../src/sources/documents/documents.ts'
import { assemble, EMPTY_ASSEMBLY } from '../../../src/sources/folder/assemble.ts'
import { validate, yaml } from './folder-fixture.ts'

const service = (spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'sbc', namespace: 'voip' },
  spec: { ports: [{ name: 'sip', port: 5060, protocol: 'UDP' }], ...spec },
})
const endpoints = (subsets: unknown, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: { name: 'sbc', namespace: 'voip', ...metadata },
  subsets,
})
const slice = (name: string, labels: object) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name, namespace: 'voip', labels: { 'kubernetes.io/service-name': 'sbc', ...labels } },
  addressType: 'IPv4',
  endpoints: [{ addresses: ['192.0.2.9'] }],
  ports: [],
})

function assembled(documents: readonly object[], before = EMPTY_ASSEMBLY) {
  const { items } = readDocuments('mesh.yaml', yaml(...documents), validate)
  return assemble([{ path: 'mesh.yaml', items, problems: [], isMissing: false }], before)
}
const slicesOf = (...documents: readonly object[]) => [...assembled(documents).snapshot.endpointSlices.values()]

const SUBSETS = [
  {
    addresses: [{ ip: '192.0.2.10' }, { ip: '2001:db8::1' }],
    notReadyAddresses: [{ ip: '192.0.2.11', targetRef: { kind: 'Pod', name: 'sbc-1' } }, { ip: '192.0.2.10' }],
    ports: [{ name: 'sip', port: 5060, protocol: 'UDP' }],
  },
  { addresses: [{ ip: '192.0.2.12' }], ports: [{ name: 'sip', port: 5070, protocol: 'UDP' }] },
  { addresses: [{ ip: '192.0.2.13' }], ports: [{ name: 'sip', port: 5070, protocol: 'UDP' }] },
]

describe('an Endpoints object of a folder', () => {
  it('becomes one slice per set of ports and address family', () => {
    const slices = slicesOf(service(), endpoints(SUBSETS)).map(({ metadata, addressType, endpoints, ports = [] }) => [
      metadata.labels?.['kubernetes.io/service-name'],
      addressType,
      ports.map(({ port }) => port),
      endpoints.map(({ addresses, conditions }) => [...addresses, conditions?.ready]),
    ])
    expect(slices).toEqual([
      [
        'sbc',
        'IPv4',
        [5060],
        [
          ['192.0.2.10', true],
          ['192.0.2.11', false],
        ],
      ],
      ['sbc', 'IPv6', [5060], [['2001:db8::1', true]]],
      [
        'sbc',
        'IPv4',
        [5070],
        [
          ['192.0.2.12', true],
          ['192.0.2.13', true],
        ],
      ],
    ])
  })

  it('keeps its slices while it is unchanged', () => {
    const documents = [service(), endpoints(SUBSETS)]
    const first = assembled(documents)
    const second = assembled([...documents, slice('more', {})], first)
    for (const [name, one] of first.snapshot.endpointSlices) expect(second.snapshot.endpointSlices.get(name)).toBe(one)
    expect(assembled(documents, first).snapshot).toBe(first.snapshot)
  })

  it('changes its slices when it changes', () => {
    const first = assembled([service(), endpoints(SUBSETS)])
    const second = assembled([service(), endpoints(SUBSETS.slice(1))], first)
    const addresses = [...second.snapshot.endpointSlices.values()].flatMap(({ endpoints }) => endpoints)
    expect(addresses.map(({ addresses }) => addresses[0])).toEqual(['192.0.2.12', '192.0.2.13'])
  })

  it.each([
    ['the Service does not exist', []],
    ['the Service has a selector, so another controller creates its slices', [service({ selector: { app: 'sbc' } })]],
    [
      'its slices exist, as in a dump of a cluster',
      [
        service(),
        slice('sbc-x', { 'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io' }),
      ],
    ],
  ])('adds no slices if %s', (_why, others) => {
    const written = others.filter(({ kind }) => kind === 'EndpointSlice').length
    expect(slicesOf(...others, endpoints(SUBSETS))).toHaveLength(written)
  })

  it.each([
    { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    { annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } },
  ])('adds no slices if it is used for something else: %j', metadata => {
    expect(slicesOf(service(), endpoints(SUBSETS, metadata))).toEqual([])
  })

  it('adds slices to manually written ones, as in a cluster', () => {
    expect(slicesOf(service(), slice('mine', {}), endpoints(SUBSETS.slice(1)))).toHaveLength(2)
  })

  it.each([[null], [undefined], [[]]])('may be empty (%j)', subsets => {
    const { snapshot, problems } = assembled([service(), endpoints(subsets)])
    expect([snapshot.endpointSlices.size, problems]).toEqual([0, []])
  })
})
