/** Random meshes from few names, so that resources meet: references resolve, cycles close, ports collide. */
import fc from 'fast-check'
import { podOf, snapshotOf } from './support.ts'

const namespace = fc.constantFrom('a', 'b')
const name = fc.constantFrom('x', 'y', 'z')
const port = fc.constantFrom(1234, 5000, 5001)
const app = fc.constantFrom('one', 'two')
const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })

const reference = fc.oneof(
  name,
  fc.tuple(namespace, name).map(([ns, n]) => `${ns}/${n}`),
  fc.tuple(namespace, name).map(([ns, n]) => `/apis/l7mp.io/v1/namespaces/${ns}/targets/${n}`),
  fc.tuple(namespace, name).map(([ns, n]) => `/l7mp.io/v1/VirtualService/${ns}/${n}`),
  fc.tuple(namespace, name).map(([ns, n]) => `${n}.${ns}.svc.cluster.local`),
  fc.tuple(name, port).map(([n, p]) => `${n}:${p}`),
  fc.constantFrom('', 'No Name', '../x', 'a/b/c', 'é'),
)
const selector = fc.oneof(
  { weight: 5, arbitrary: fc.constant({}) },
  { weight: 3, arbitrary: app.map(value => ({ matchLabels: { app: value } })) },
  fc.constant({ matchExpressions: [{ key: 'app', operator: 'In' }] }),
  fc.constant({ matchService: 'x' }),
  fc.constant({ matchFields: [{ key: 'spec.nodeName', operator: 'NotIn', values: ['n1'] }] }),
)
const listenerSpec = fc.oneof(
  port.map(p => ({ UDP: { port: p } })),
  port.map(p => ({ TCP: { port: p } })),
  port.map(p => ({ HTTP: { port: p, path: '/' } })),
  port.map(p => ({ WebSocket: { port: p } })),
  port.map(p => ({ JSONSocket: { transport: { WebSocket: { port: p } } } })),
  fc.constant({ UnixDomainSocket: { filename: '/tmp/s' } }),
  fc.constant({}),
)
const address = fc.constantFrom('10.0.0.9', 'example.com', 'bad name', '::1', 'exämple')
const endpoint = fc.oneof(
  fc.record({ spec: fc.record({ address }), weight: some(fc.constantFrom(0, 1, 2)) }, { requiredKeys: ['spec'] }),
  fc.record({ selector }),
)
const clusterSpec = fc.oneof(
  port.map(p => ({ UDP: { port: p } })),
  port.map(p => ({ WebSocket: { port: p } })),
  port.map(p => ({ JSONSocket: { transport: { TCP: { port: p } } } })),
  fc.constantFrom({ Echo: {} }, { Logger: { log_file: '/etc/x' } }, { L7mpController: {} }, { Sync: { query: '/x' } }),
  fc.constant({ UnixDomainSocket: { filename: '/tmp/t' } }),
)
const cluster = fc.record(
  {
    spec: clusterSpec,
    endpoints: fc.array(endpoint, { maxLength: 2 }),
    loadbalancer: fc.constant({ policy: 'ConsistentHash' }),
  },
  { requiredKeys: ['spec'] },
)
const oneOf = <T extends object>(...choices: fc.Arbitrary<T>[]) => fc.oneof(...choices)
const routeSpec = fc
  .tuple(
    oneOf<object>(
      cluster.map(destination => ({ destination })),
      reference.map(destinationRef => ({ destinationRef })),
    ),
    fc.record(
      {
        ingress: fc.array(
          oneOf<object>(
            cluster.map(c => ({ cluster: c })),
            reference.map(clusterRef => ({ clusterRef })),
          ),
          { maxLength: 1 },
        ),
        retry: fc.record({ retry_on: fc.constantFrom('never', 'always', 'disconnect') }),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([a, b]) => ({ ...a, ...b }))
const match = fc.constantFrom<object>(
  {},
  { op: 'test', path: '/HTTP/method', value: 'GET' },
  { op: 'starts', path: '/UDP/src_port', value: '1' },
  { op: 'cidr', path: '/IP/src_addr', value: '10.0.0.0/8' },
  { op: 'and', apply: [] },
)
const rule = fc.record(
  {
    match,
    action: oneOf<object>(
      routeSpec.map(route => ({ route })),
      reference.map(routeRef => ({ routeRef })),
      reference.map(apply => ({ apply })),
      fc.constant({}),
    ),
  },
  { requiredKeys: ['action'] },
)
const metadata = fc.record({
  name,
  namespace,
  creationTimestamp: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
})
const virtualService = fc.record({
  kind: fc.constant('VirtualService'),
  metadata,
  spec: fc.record({
    selector,
    listener: fc
      .tuple(
        listenerSpec,
        oneOf<object>(
          fc
            .array(
              oneOf<object>(
                rule,
                rule.map(r => ({ rule: r })),
                reference.map(ruleRef => ({ ruleRef })),
              ),
              { maxLength: 3 },
            )
            .map(rules => ({ rules })),
          reference.map(rulesRef => ({ rulesRef })),
          fc.constant({}),
        ),
      )
      .map(([spec, rules]) => ({ spec, ...rules })),
    options: fc.record({ removeOrphanSessions: fc.boolean() }),
  }),
})
const target = fc.record({
  kind: fc.constant('Target'),
  metadata,
  spec: oneOf<object>(
    fc.record({ cluster, selector }, { requiredKeys: ['cluster'] }),
    reference.map(linkedVirtualService => ({ linkedVirtualService })),
  ),
})
const ruleResource = fc.record({
  kind: fc.constant('Rule'),
  metadata,
  spec: fc.record({ selector, rulelist: reference, position: fc.constantFrom(0, 1, 9), rule }),
})
const route = fc.record({ kind: fc.constant('Route'), metadata, spec: routeSpec })
const service = fc.record({
  kind: fc.constant('Service'),
  metadata,
  spec: oneOf<object>(
    fc.record(
      {
        ports: fc.array(fc.record({ name, port, protocol: fc.constantFrom('UDP', 'TCP', 'SCTP') }), { maxLength: 2 }),
        ipFamilies: fc.constantFrom(['IPv4'], ['IPv6', 'IPv4']),
        sessionAffinity: fc.constantFrom('None', 'ClientIP'),
        internalTrafficPolicy: fc.constantFrom('Cluster', 'Local'),
      },
      { requiredKeys: ['ports'] },
    ),
    fc.record({ type: fc.constant('ExternalName'), externalName: address }),
  ),
})
const conditions = fc.record({ ready: fc.boolean(), serving: fc.boolean(), terminating: fc.boolean() })
const sliceEndpoint = fc.record(
  {
    addresses: fc.constantFrom(['10.9.9.9'], ['10.9.9.8'], ['fd00::9'], ['10.9.9.9:1']),
    conditions,
    targetRef: fc.record({ kind: fc.constant('Pod'), namespace: fc.constant('a'), name }),
  },
  { requiredKeys: ['addresses'] },
)
const slice = fc.record({
  kind: fc.constant('EndpointSlice'),
  metadata: fc.record({ name, namespace, labels: name.map(of => ({ 'kubernetes.io/service-name': of })) }),
  ports: fc.array(fc.record({ name, port }), { maxLength: 1 }),
  endpoints: fc.array(sliceEndpoint, { maxLength: 3 }),
})
const pod = fc
  .record({
    name,
    ns: namespace,
    ip: fc.constantFrom('10.1.0.1', '10.1.0.2', 'fd00::1'),
    proxy: fc.constantFrom<boolean | number>(false, true, true, 5000),
    ready: fc.boolean(),
    terminating: fc.integer({ min: 0, max: 5 }).map(n => n === 0),
    host: fc.boolean(),
    node: fc.constantFrom('n1', 'n2'),
    metrics: some(fc.constantFrom(5001)),
    created: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
    app,
  })
  .map(({ app: value, metrics, ...line }) =>
    podOf({ ...line, labels: { app: value }, ...(metrics !== undefined && { metrics }) }),
  )

export const resource = fc.oneof(
  { weight: 4, arbitrary: virtualService },
  { weight: 2, arbitrary: pod },
  target,
  ruleResource,
  route,
  service,
  slice,
)
export const snapshot = fc.array(resource, { maxLength: 20 }).map(resources => snapshotOf(resources))

const inA = (kind: string, spec: fc.Arbitrary<object>) =>
  fc.record({
    kind: fc.constant(kind),
    metadata: fc.record({ name, namespace: fc.constant('a') }),
    spec,
  })
const nearReference = fc.oneof(
  { weight: 4, arbitrary: name },
  name.map(n => `${n}:5000`),
  name.map(n => `/l7mp.io/v1/VirtualService/a/${n}`),
)
const nearRoute = nearReference.map(destinationRef => ({ destinationRef }))
const nearRule = oneOf<object>(
  nearRoute.map(route => ({ route })),
  name.map(routeRef => ({ routeRef })),
  name.map(apply => ({ apply })),
).map(action => ({ action }))
const nearItem = oneOf<object>(
  nearRule,
  name.map(ruleRef => ({ ruleRef })),
)
const nearResource = fc.oneof(
  inA(
    'VirtualService',
    fc
      .tuple(
        fc.constantFrom({ UDP: { port: 1 } }, { HTTP: { port: 2 } }, { TCP: { port: 3 } }),
        oneOf<object>(
          fc.array(nearItem, { minLength: 1, maxLength: 2 }).map(rules => ({ rules })),
          name.map(rulesRef => ({ rulesRef })),
        ),
      )
      .map(([spec, rules]) => ({ selector: {}, listener: { spec, ...rules } })),
  ),
  inA(
    'Rule',
    fc.record({
      selector: fc.constant({}),
      rulelist: fc.oneof(name, fc.constant('of-nobody')),
      rule: nearRule,
    }),
  ),
  inA('Route', nearRoute),
  inA(
    'Target',
    name.map(linkedVirtualService => ({ selector: {}, linkedVirtualService })),
  ),
  inA(
    'Service',
    fc.record({
      ports: fc.uniqueArray(fc.record({ port, protocol: fc.constant('UDP') }), { minLength: 1, maxLength: 2 }),
    }),
  ),
)
/** Small meshes of valid resources that mostly refer to each other, on one proxy. */
export const nearSnapshot = fc
  .array(nearResource, { minLength: 2, maxLength: 7 })
  .map(resources =>
    snapshotOf([podOf({ name: 'p', ip: '10.1.0.1', proxy: true }), ...(resources as Parameters<typeof snapshotOf>[0])]),
  )
