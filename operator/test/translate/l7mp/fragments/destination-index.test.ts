/** The destinations of each resource, and the number of their endpoints. */
import { describe, expect, it } from 'vitest'
import { createTranslator, DEFAULT_OPTIONS } from '../../../../src/translate/translate.ts'
import { readCase } from '../../support.ts'

/** A line for each destination of each resource: its path, its name, ready/total. */
function destinations(text: string): Readonly<Record<string, readonly string[]>> {
  const { snapshot } = readCase(text)
  const { destinations: all } = createTranslator(DEFAULT_OPTIONS)(snapshot)
  return Object.fromEntries(
    Array.from(all, ([resource, found]) => [
      resource,
      found.map(({ path, named, ready, total, unreachable, names }) =>
        [
          `${path}${named === undefined ? '' : ` (${named})`} ${ready}/${total}`,
          ...unreachable.map(address => `without ${address}`),
          ...names.map(name => `by name ${name}`),
        ].join(', '),
      ),
    ]),
  )
}

const PODS = `
kind: Pods
pods:
  - { name: proxy, ip: 10.0.0.1, labels: { app: proxy }, proxy: true }
  - { name: a, ip: 10.1.0.1, labels: { app: web } }
  - { name: b, ip: 10.1.0.2, labels: { app: web }, ready: false }
  - { name: starts, labels: { app: web }, ready: false }
  - { name: ends, ip: 10.1.0.3, labels: { app: web }, terminating: true }
  - { name: six, ip: 'fd00::1', labels: { app: six } }
  - { name: both, ips: ['fd00::2', 10.1.0.4], labels: { app: six } }
`
const service = (name: string, rules: string) => `
---
kind: VirtualService
metadata: { name: ${name} }
spec: { selector: { matchLabels: { app: proxy } }, listener: { spec: { UDP: { port: 5000 } }, ${rules} } }
`
const to = (cluster: string) => `rules: [{ action: { route: { destination: ${cluster} } } }]`
const BY_SELECTOR = (app: string) =>
  `{ spec: { UDP: { port: 1 } }, endpoints: [{ selector: { matchLabels: { app: ${app} } } }] }`

describe('the endpoints of a destination', () => {
  const PATH = 'spec.listener.rules[0].action.route.destination'
  it.each([
    ['pods that are ready, of those that may be', BY_SELECTOR('web'), '1/3'],
    ['no pod', BY_SELECTOR('nobody'), '0/0'],
    ['a pod that only UDP does not reach', BY_SELECTOR('six'), '1/2, without fd00::1'],
    ['pods that TCP reaches', BY_SELECTOR('six').replace('UDP', 'TCP'), '2/2'],
    ['addresses', `{ spec: { TCP: { port: 1 } }, endpoints: [{ spec: { address: 10.9.9.9 } }] }`, '1/1'],
    [
      'a name',
      `{ spec: { UDP: { port: 1 } }, endpoints: [{ spec: { address: a.example } }] }`,
      '1/1, by name a.example',
    ],
    [
      'an IPv6 address',
      `{ spec: { UDP: { port: 1 } }, endpoints: [{ spec: { address: '::1' } }] }`,
      '0/1, without ::1',
    ],
    ['nothing', '{ spec: { UDP: { port: 1 } } }', '0/0'],
    [
      'one address twice',
      '{ spec: { UDP: { port: 1 } }, endpoints: [{ spec: { address: 10.9.9.9 } }, { spec: { address: 10.9.9.9 } }] }',
      '1/1',
    ],
    ['a socket in a file', '{ spec: { UnixDomainSocket: { filename: /tmp/a.sock } } }', '1/1'],
    ['what JSONSocket goes over', `{ spec: { JSONSocket: { transport: { UDP: { port: 1 } } } } }`, '0/0'],
  ])('%s', (_, cluster, counts) => {
    expect(destinations(PODS + service('s', to(cluster)))).toEqual({
      'VirtualService/default/s': [`${PATH} ${counts}`],
    })
  })

  it.each([
    'Echo: {}',
    'Discard: {}',
    'Logger: {}',
    'Sync: { query: /a }',
    'JSONEncap: {}',
    'Stdio: {}',
    'Prometheus: {}',
  ])('are not counted for %s', spec =>
    expect(destinations(PODS + service('s', to(`{ spec: { ${spec} } }`)))).toEqual({}),
  )
})

it('notes omitted addresses at the field of the cluster', () => {
  const { snapshot } = readCase(PODS + service('s', to(BY_SELECTOR('six'))))
  expect(createTranslator(DEFAULT_OPTIONS)(snapshot).verdicts.get('VirtualService/default/s')).toEqual({
    problems: [],
    notes: [
      'spec.listener.rules[0].action.route.destination: omitted, because proxies support UDP over IPv4 only: fd00::1',
    ],
  })
})

describe('the destinations of a resource include', () => {
  const web = `
---
kind: Target
metadata: { name: web }
spec: { cluster: ${BY_SELECTOR('web')} }
`
  it('the clusters of ingress and egress', () => {
    const cluster = BY_SELECTOR('web')
    const route = `{ destination: { spec: { Echo: {} } }, ingress: [{ cluster: ${cluster} }], egress: [{ clusterRef: web }] }`
    expect(destinations(PODS + web + service('s', `rules: [{ action: { route: ${route} } }]`))).toEqual({
      'VirtualService/default/s': [
        'spec.listener.rules[0].action.route.ingress[0].cluster 1/3',
        'spec.listener.rules[0].action.route.egress[0].clusterRef (Target default/web) 1/3',
      ],
      'Target/default/web': ['spec.cluster 1/3'],
    })
  })

  it('those of a Route, a Rule and an applied list, with the names of these', () => {
    const text = `
---
kind: Route
metadata: { name: r }
spec: { destinationRef: web }
---
kind: Rule
metadata: { name: one }
spec: { selector: { matchLabels: { app: proxy } }, rulelist: list, rule: { action: { routeRef: r } } }
---
kind: Rule
metadata: { name: nowhere }
spec: { selector: { matchLabels: { app: none } }, rulelist: list, rule: { action: { routeRef: r } } }
`
    const applies = service('s', 'rules: [{ action: { apply: list } }]')
    const copies = service('t', 'rulesRef: list')
    const refers = service('u', 'rules: [{ ruleRef: one }]')
    expect(destinations(PODS + web + text + applies + copies + refers)).toEqual({
      'VirtualService/default/s': ['Route default/r: spec.destinationRef (Target default/web) 1/3'],
      'VirtualService/default/t': ['Route default/r: spec.destinationRef (Target default/web) 1/3'],
      'VirtualService/default/u': ['Route default/r: spec.destinationRef (Target default/web) 1/3'],
      'Target/default/web': ['spec.cluster 1/3'],
      'Rule/default/one': ['Route default/r: spec.destinationRef (Target default/web) 1/3'],
      'Rule/default/nowhere': ['Route default/r: spec.destinationRef (Target default/web) 1/3'],
      'Route/default/r': ['spec.destinationRef (Target default/web) 1/3'],
    })
  })

  it('those of another VirtualService that it applies, but not of a Rule that is inserted into it', () => {
    const rule = `
---
kind: Rule
metadata: { name: one }
spec:
  selector: { matchLabels: { app: proxy } }
  rulelist: s
  position: 0
  rule: { action: { route: { destination: ${BY_SELECTOR('nobody')} } } }
`
    const first = service('s', to(BY_SELECTOR('web')))
    const second = service('t', 'rules: [{ action: { apply: s } }]')
    const own = 'spec.listener.rules[0].action.route.destination 1/3'
    expect(destinations(PODS + rule + first + second)).toEqual({
      'VirtualService/default/s': [own],
      'VirtualService/default/t': [`VirtualService default/s: ${own}`],
      'Rule/default/one': ['spec.rule.action.route.destination 0/0'],
    })
  })

  it('a VirtualService that it links to, and a Service, with the pods of each', () => {
    const text = `
---
kind: Service
metadata: { name: shop }
spec: { ports: [{ port: 80, protocol: UDP }], selector: { app: shop } }
---
kind: Target
metadata: { name: linked }
spec: { linkedVirtualService: stub }
---
kind: VirtualService
metadata: { name: stub }
spec: { selector: { matchLabels: { app: web } }, listener: { spec: { UDP: { port: 5000 } } } }
`
    const rules = ['shop', 'linked', 'stub'].map(name => `{ action: { route: { destinationRef: ${name} } } }`)
    const path = (i: number) => `spec.listener.rules[${i}].action.route.destinationRef`
    expect(destinations(PODS + text + service('s', `rules: [${rules}]`))).toEqual({
      'VirtualService/default/s': [
        `${path(0)} (Service default/shop) 0/0`,
        `${path(1)} (Target default/linked) 1/3`,
        `${path(2)} (VirtualService default/stub) 1/3`,
      ],
      'Target/default/linked': ['spec.linkedVirtualService 1/3'],
    })
  })
})

describe('a pod that is created, or becomes ready or unready,', () => {
  const text = (b: string) =>
    PODS.replace('labels: { app: web }, ready: false }', b) +
    service('s', to(BY_SELECTOR('web'))) +
    service('t', to(BY_SELECTOR('six')))
  const translate = createTranslator(DEFAULT_OPTIONS)
  const first = translate(readCase(text('labels: { app: web }, ready: false }')).snapshot)

  it('changes the counts, and no proxy if it is not ready', () => {
    const gone = translate(readCase(text('labels: { app: other }, ready: false }')).snapshot)
    expect(gone.destinations.get('VirtualService/default/s')).toMatchObject([{ ready: 1, total: 2 }])
    expect(gone.destinations.get('VirtualService/default/t')).toBe(first.destinations.get('VirtualService/default/t'))
    expect(gone.proxies).toBe(first.proxies)
    expect(gone.verdicts).toBe(first.verdicts)
  })

  it('changes nothing if irrelevant fields change', () => {
    const same = translate(readCase(text('labels: { app: web, note: x }, ready: false }')).snapshot)
    const again = translate(readCase(text('labels: { app: web, note: y }, ready: false }')).snapshot)
    expect(again.destinations).toBe(same.destinations)
    expect(again.proxies).toBe(first.proxies)
  })
})
