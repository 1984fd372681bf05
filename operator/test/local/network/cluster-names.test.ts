/** The endpoints to which the names of Services resolve. */
import { describe, expect, it } from 'vitest'
import type { EndpointSlice, Service } from '../../../src/kinds/core-types.ts'
import type { NamedEndpoint } from '../../../src/local/manifests/slices.ts'
import { clusterNames, searchList } from '../../../src/local/network/cluster-names.ts'
import { serviceViews } from '../../../src/local/network/local-services.ts'
import { nsswitchConf, resolvConf } from '../../../src/local/pod/name-files.ts'

const service = (name: string, spec: object = {}, namespace = 'shop'): Service => ({
  metadata: { name, namespace },
  spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }], ...spec },
})

const slice = (of: string, endpoints: readonly NamedEndpoint[], more: Partial<EndpointSlice> = {}): EndpointSlice => ({
  metadata: { name: `${of}-1`, namespace: 'shop', labels: { 'kubernetes.io/service-name': of } },
  addressType: 'IPv4',
  endpoints,
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  ...more,
})

const at = (address: string, conditions = {}, hostname?: string): NamedEndpoint => ({
  addresses: [address],
  conditions,
  ...(hostname !== undefined && { hostname }),
})

function namesOf(services: readonly Service[], slices: readonly EndpointSlice[], virtual?: string) {
  const views = serviceViews({
    services: new Map(services.map(one => [`${one.metadata.namespace}/${one.metadata.name}`, one])),
    endpointSlices: new Map(slices.map((one, i) => [`shop/${i}`, one])),
  })
  return { views, find: clusterNames(views, () => virtual) }
}

describe('the name of a Service', () => {
  const ports = [{ name: 'http', port: 8080 }]

  it.each([
    ['its ready pods', [at('10.0.0.1', { ready: true }), at('10.0.0.2', {}), at('10.0.0.3', { ready: false })], 2],
    [
      'pods that end and still serve, where no other is left',
      [at('10.0.0.1', { ready: false, serving: true, terminating: true }), at('10.0.0.3', { ready: false })],
      1,
    ],
    ['nothing, where no pod is ready', [at('10.0.0.1', { ready: false })], 0],
    ['each address once', [at('10.0.0.1'), at('10.0.0.1')], 1],
  ])('resolves to %s', (_, endpoints, count) => {
    const { find } = namesOf([service('web', { ports })], [slice('web', endpoints)])
    const addresses = Array.from({ length: count }, (_, i) => `10.0.0.${i + 1}`)
    expect(find('web.shop.svc.cluster.local')).toEqual({ type: 'addresses', addresses })
  })

  it('resolves to its virtual address', () => {
    const { find, views } = namesOf([service('web')], [slice('web', [at('10.0.0.1')])], '10.9.9.9')
    expect(views[0]?.mapsPorts).toBe(true)
    expect(find('web.shop.svc.cluster.local')).toEqual({ type: 'addresses', addresses: ['10.9.9.9'] })
  })

  it('can be an alias', () => {
    const { find } = namesOf([service('db', { type: 'ExternalName', externalName: 'DB.example.org.' })], [])
    expect(find('db.shop.svc.cluster.local')).toEqual({ type: 'alias', name: 'db.example.org' })
  })

  it('has the names of its pods below it if it is headless', () => {
    const endpoints = [at('10.0.0.1', {}, 'web-0'), at('10.0.0.2', {}, 'web-1'), at('10.0.0.3')]
    const { find } = namesOf([service('web', { clusterIP: 'None' })], [slice('web', endpoints)])
    const found = (name: string) => find(`${name}.shop.svc.cluster.local`)
    expect(found('web')).toEqual({ type: 'addresses', addresses: ['10.0.0.1', '10.0.0.2', '10.0.0.3'] })
    expect(found('web-1.web')).toEqual({ type: 'addresses', addresses: ['10.0.0.2'] })
    expect(found('10-0-0-3.web')).toEqual({ type: 'addresses', addresses: ['10.0.0.3'] })
    expect(found('web-2.web')).toEqual({ type: 'unknown' })
  })

  it.each([
    ['web.other.svc.cluster.local', 'unknown'],
    ['nothing.shop.svc.cluster.local', 'unknown'],
    ['web-0.web.shop.svc.cluster.local', 'unknown'],
    ['a.b.web.shop.svc.cluster.local', 'unknown'],
    ['web.shop.pod.cluster.local', 'unknown'],
    ['svc.cluster.local', 'unknown'],
    ['cluster.local', 'unknown'],
    ['web.shop', undefined],
    ['web', undefined],
    ['notcluster.local', undefined],
    ['example.org', undefined],
    ['', undefined],
  ])('is not %s', (name, type) => {
    const { find } = namesOf([service('web')], [slice('web', [at('10.0.0.1')])])
    expect(find(name)?.type).toBe(type)
  })
})

describe('the ports of a Service', () => {
  it.each([
    ['the same number', [{ port: 80 }], false],
    ['the same number, written twice', [{ port: 80, targetPort: 80 }], false],
    ['another number', [{ port: 80, targetPort: 8080 }], true],
    ['a name', [{ port: 80, targetPort: 'http' }], true],
    ['another number for one of them', [{ port: 80 }, { name: 'dns', port: 53, targetPort: 5353 }], true],
  ])('are mapped or not: %s', (_, ports, mapsPorts) => {
    expect(namesOf([service('web', { ports })], []).views[0]?.mapsPorts).toBe(mapsPorts)
  })

  it('come from the slices that have them', () => {
    const ports = [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'http', port: 80 },
      { name: 'sctp', port: 90, protocol: 'SCTP' },
    ]
    const slices = [
      slice('web', [at('10.0.0.1')], { ports: [{ name: 'dns', port: 1053, protocol: 'UDP' }] }),
      slice('web', [at('10.0.0.2')], { ports: [{ name: 'http', port: 8080 }] }),
      slice('web', [at('fd00::1')], { addressType: 'IPv6', ports: [{ name: 'http', port: 8080 }] }),
    ]
    expect(namesOf([service('web', { ports })], slices).views[0]?.ports).toEqual([
      { protocol: 'UDP', port: 53, backends: [{ address: '10.0.0.1', port: 1053 }] },
      { protocol: 'TCP', port: 80, backends: [{ address: '10.0.0.2', port: 8080 }] },
    ])
  })
})

describe('the files of a pod', () => {
  it('search short names in its own namespace first, and then in the domains of the machine', () => {
    expect(searchList('shop')).toEqual(['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'])
    const machine = 'search old.example\nnameserver 192.0.2.1\nsearch corp.example lab.example\n'
    expect(resolvConf(machine, 'shop', '127.9.128.1')).toBe(
      'nameserver 127.9.128.1\n' +
        'search shop.svc.cluster.local svc.cluster.local cluster.local corp.example lab.example\n' +
        'options ndots:5\n',
    )
  })

  it('use no other name service', () => {
    const machine = 'passwd: files\nhosts:      mymachines resolve [!UNAVAIL=return] files dns\nnetworks: files\n'
    expect(nsswitchConf(machine)).toBe('passwd: files\nhosts: files dns\nnetworks: files\n')
    expect(nsswitchConf('passwd: files\n')).toBe('passwd: files\n')
  })
})
