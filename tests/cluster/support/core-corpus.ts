/** Objects of built-in kinds, valid and almost valid: each field of some valid ones with each of many values. */
type Fields = { readonly [field: string]: unknown }
export type CoreCase = { readonly path: string; readonly changed: string; readonly document: object }

const SERVICES = '/api/v1/namespaces/default/services'
const service = (spec: Fields) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'core' }, spec })

const GOOD: readonly (readonly [path: string, object: Fields])[] = [
  [
    SERVICES,
    service({
      type: 'ClusterIP',
      selector: { app: 'a' },
      ports: [
        { name: 'a', port: 53, protocol: 'UDP', targetPort: 'dns', appProtocol: 'kubernetes.io/ws' },
        { name: 'b', port: 53, targetPort: 53 },
      ],
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 10 } },
      publishNotReadyAddresses: true,
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      trafficDistribution: 'PreferClose',
    }),
  ],
  [SERVICES, service({ type: 'ExternalName', externalName: 'db.example.com' })],
  [
    '/api/v1/namespaces/default/endpoints',
    {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'core' },
      subsets: [
        {
          addresses: [{ ip: '10.0.0.1', targetRef: { kind: 'Pod', name: 'a', namespace: 'default' } }],
          notReadyAddresses: [{ ip: 'fd00::1' }],
          ports: [
            { name: 'a', port: 53, protocol: 'UDP' },
            { name: 'b', port: 54, appProtocol: 'http' },
          ],
        },
      ],
    },
  ],
  [
    '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices',
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'core' },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true, serving: true, terminating: false } }],
      ports: [{ name: 'a', protocol: 'UDP' }, { name: 'b' }],
    },
  ],
]

const VALUES: readonly unknown[] = [
  ...[null, true, 0, 1, -1, 1.5, 53, 65535, 65536, [], {}, [{}], { a: 'b' }, { a: 1 }, { a: null }, { 'a b': 'c' }],
  ...['', 'a', 'A_b', 'a b', '-a', 'a--b', 'a.b', 'a.b.', '53', '1a', 'a/b', '/a', 'a'.repeat(16), 'a'.repeat(64)],
  ...['TCP', 'udp', 'SCTP', 'IPv4', 'IPv6', 'None', 'none', 'Local', 'PreferSameZone', 'RequireDualStack'],
  ...['10.0.0.1', '01.2.3.4', '1.2.3', '::1', 'fd00::1', 'fe80::1%eth0', '127.0.0.1', '0.0.0.0', '::', '169.254.1.1'],
  ...['224.0.0.1', ['a'], ['10.0.0.1', 'fd00::1'], ['IPv4', 'IPv4'], ['IPv6', 'IPv4'], [{ port: 1 }, { port: 2 }]],
]

/** Excludes fields that identify the object. */
export const coreCorpus = (): readonly CoreCase[] =>
  GOOD.flatMap(([path, { apiVersion, kind, metadata, ...fields }]) =>
    changes(fields, '').map(([changed, others]) => ({
      path,
      changed: `${kind} ${changed}`,
      document: { apiVersion, kind, metadata, ...Object(others) },
    })),
  )

/** The value with each of its parts replaced by each of the values, one at a time. */
function changes(value: unknown, at: string): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) => {
    const path = `${at}.${key}`
    const others = [
      ...VALUES.map(other => [`${path}: ${JSON.stringify(other)}`, other] as const),
      ...changes(part, path),
    ]
    return others.map(([name, other]) => [name, replaced(value, key, other)] as const)
  })
}

const replaced = (value: object, key: string, part: unknown): unknown =>
  Array.isArray(value) ? value.with(Number(key), part) : { ...value, [key]: part }
