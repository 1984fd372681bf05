import { describe, expect, it } from 'vitest'
import { admit } from '../../../src/sources/validation/admit.ts'
import { validate } from '../folder/folder-fixture.ts'

const of =
  (kind: string, apiVersion: string) =>
  (fields: object, metadata: object = {}) => ({
    apiVersion,
    kind,
    metadata: { name: 'x', ...metadata },
    ...fields,
  })
const service = (spec: object) => of('Service', 'v1')({ spec: { ports: [{ port: 53 }], ...spec } })
const slice = of('EndpointSlice', 'discovery.k8s.io/v1')
const endpoints = of('Endpoints', 'v1')
const pod = (container: object, more: object = {}) =>
  of('Pod', 'v1')({ spec: { containers: [{ name: 'a', ...container }] }, ...more })
const deployment = (spec: object) => of('Deployment', 'apps/v1')({ spec })

function findingsOf(document: object): readonly string[] {
  const admission = admit(document, validate)
  if (admission.tag !== 'object') throw new Error(JSON.stringify(admission))
  return admission.findings.map(({ path, message, help }) => `${path}: ${message}; ${help}`)
}

describe('a value that an API server rejects is reported with its path', () => {
  it.each([
    [
      service({ ports: [{ port: 53, protocol: 'udp' }] }),
      'spec.ports[0].protocol: "udp" is not a valid value',
      'UDP or SCTP',
    ],
    [service({ type: 'externalName' }), 'spec.type: "externalName"', 'did you mean ExternalName?'],
    [service({ type: 'Headless' }), 'spec.type: "Headless"', 'use ClusterIP, NodePort'],
    [service({ sessionAffinity: 'clientIP' }), 'spec.sessionAffinity', 'did you mean ClientIP?'],
    [service({ internalTrafficPolicy: 'local' }), 'spec.internalTrafficPolicy', 'did you mean Local?'],
    [service({ ipFamilies: ['ipv4'] }), 'spec.ipFamilies[0]', 'did you mean IPv4?'],
    [
      service({ sessionAffinityConfig: { clientIP: { timeoutSeconds: 0 } } }),
      'timeoutSeconds: 0 is too small',
      '86400',
    ],
    [service({ ports: [{ port: 70000 }] }), 'spec.ports[0].port: 70000 is too large', '65535'],
    [service({ ports: [{ port: 0 }] }), 'spec.ports[0].port: 0 is too small', ''],
    [service({ ports: [{ port: '53' }] }), 'spec.ports[0].port: "53" is a string', 'remove the quotes: 53'],
    [service({ ports: [{ name: 'a' }] }), 'spec.ports[0].port: the field is missing', ''],
    [service({ ports: { port: 53 } }), 'spec.ports: the value is an object, not a list', '"- "'],
    [service({ ports: [null] }), 'spec.ports[0]: the value is null', 'write an object'],
    [
      service({
        ports: [
          { name: 'a', port: 1 },
          { name: 'a', port: 2 },
        ],
      }),
      'spec.ports[1].name: "a" is also in spec.ports[0]',
      '',
    ],
    [
      service({ ports: [{ name: 'a', port: 1 }, { port: 2 }] }),
      'spec.ports[1].name: each of several ports needs a name',
      '',
    ],
    [
      service({
        ports: [
          { name: 'a', port: 1 },
          { name: 'b', port: 1 },
        ],
      }),
      'spec.ports[1]: "TCP 1" is also in spec.ports[0]',
      '',
    ],
    [service({ ports: [{ name: 'SIP', port: 1 }] }), 'spec.ports[0].name: "SIP" is not allowed', 'lower-case'],
    [service({ ports: [{ port: 1, targetPort: 'a_b' }] }), 'spec.ports[0].targetPort: "a_b" is not allowed', '15'],
    [service({ ports: [{ port: 1, targetPort: '53' }] }), 'targetPort: "53" is a number in quotes', 'quotes: 53'],
    [service({ ports: [{ port: 1, targetPort: 70000 }] }), 'targetPort: 70000 is not a port', '65535'],
    [service({ clusterIP: 'none' }), 'spec.clusterIP: "none" is not an IP address', 'None'],
    [service({ selector: { app: 7 } }), 'spec.selector.app: 7 is a number', 'put it in quotes: "7"'],
    [service({ selector: { app: 'a b' } }), 'spec.selector.app: "a b" is not allowed', ''],
    [of('Service', 'v1')({ spec: {} }), 'spec.ports: the Service has no port', 'clusterIP: None'],
    [service({ type: 'ExternalName' }), 'spec.externalName: the field is missing', ''],
    [service({ type: 'ExternalName', externalName: 'a b' }), 'spec.externalName: "a b" is not a domain name', ''],
    [slice({ addressType: 'ipv4', endpoints: [] }), 'addressType: "ipv4"', 'did you mean IPv4?'],
    [slice({ endpoints: [] }), 'addressType: the field is missing', ''],
    [slice({ addressType: 'IPv4', endpoints: [{ addresses: ['::1'] }] }), 'addresses[0]: "::1" is not an IPv4', ''],
    [slice({ addressType: 'IPv6', endpoints: [{ addresses: ['fe80::1%eth0'] }] }), 'is not an IPv6 address', ''],
    [slice({ addressType: 'FQDN', endpoints: [{ addresses: ['A_B'] }] }), '"A_B" is not a domain name', ''],
    [slice({ addressType: 'IPv4', endpoints: [{ addresses: [] }] }), 'endpoints[0].addresses: the endpoint has no', ''],
    [
      slice({ addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: 'true' } }] }),
      'ready: "true" is a string',
      'remove the quotes: true',
    ],
    [slice({ addressType: 'IPv4', endpoints: [], ports: [{ port: 0 }] }), 'ports[0].port: 0 is too small', ''],
    [
      slice({ addressType: 'IPv4', endpoints: [], ports: [{ port: 1 }, { port: 2 }] }),
      'ports[1].name: "" is also in ports[0]',
      '',
    ],
    [
      endpoints({ subsets: [{ addresses: [{ ip: 'db.example.com' }] }] }),
      'subsets[0].addresses[0].ip: "db.example',
      '',
    ],
    [
      endpoints({ subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ name: 'a' }] }] }),
      'subsets[0].ports[0].port: the field is missing',
      '',
    ],
    [endpoints({ subsets: [{ addresses: null, ports: [{ port: 1 }] }] }), 'subsets[0]: no addresses', 'notReady'],
    [
      endpoints({ subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ name: 'a', port: 1 }, { port: 2 }] }] }),
      'subsets[0].ports[1].name: each of several ports needs a name',
      '',
    ],
    [
      endpoints({ subsets: [{ notReadyAddresses: [{ ip: '169.254.1.1' }] }] }),
      'notReadyAddresses[0].ip: "169.254.1.1" is a link-local address',
      'of a pod',
    ],
    [slice({ addressType: 'IPv6', endpoints: [{ addresses: ['::'] }] }), '"::" is the unspecified address', ''],
    [slice({ addressType: 'FQDN', endpoints: [{ addresses: ['db'] }] }), '"db" has no domain', 'db.example.com'],
    [
      slice({ addressType: 'IPv4', endpoints: [], ports: [{ port: 1, appProtocol: 'a b' }] }),
      'ports[0].appProtocol: "a b" is not allowed',
      'kubernetes.io/ws',
    ],
    [service({ ports: [{ port: 1, appProtocol: 'kubernetes.io/' }] }), 'appProtocol: "kubernetes.io/" is not', ''],
    [service({ trafficDistribution: 'preferClose' }), 'spec.trafficDistribution', 'did you mean PreferClose?'],
    [service({ ipFamilies: ['IPv4', 'IPv4'] }), 'spec.ipFamilies[1]: "IPv4" is listed twice', ''],
    [
      service({ ipFamilies: ['IPv6', 'IPv4'], ipFamilyPolicy: 'SingleStack' }),
      'spec.ipFamilyPolicy: SingleStack allows one family',
      'PreferDualStack',
    ],
    [pod({ ports: [{ containerPort: 53, protocol: 'udp' }] }), 'spec.containers[0].ports[0].protocol: "udp"', 'UDP'],
    [pod({ ports: [{ containerPort: 0 }] }), 'containerPort: 0 is too small', ''],
    [pod({ ports: [{ name: 'a-very-long-port-name', containerPort: 1 }] }), 'ports[0].name: "a-very-long', '15'],
    [pod({ ports: [{ name: '53', containerPort: 1 }] }), 'ports[0].name: "53" is not allowed', 'one letter'],
    [pod({ name: 'A' }), 'spec.containers[0].name: "A" is not allowed', ''],
    [pod({}, { status: { phase: 'running' } }), 'status.phase: "running"', 'did you mean Running?'],
    [pod({}, { status: { conditions: { Ready: 'True' } } }), 'status.conditions: the value is an object', ''],
    [
      pod({}, { status: { conditions: [{ type: 'Ready', status: true }] } }),
      'conditions[0].status: true is a boolean',
      '',
    ],
    [pod({}, { status: { podIP: 'localhost' } }), 'status.podIP: "localhost" is not an IP address', ''],
    [pod({}, { status: { podIPs: ['10.0.0.1'] } }), 'status.podIPs[0]: "10.0.0.1" is a string, not an object', ''],
    [deployment({ replicas: '2', template: { spec: { containers: [{ name: 'a' }] } } }), 'spec.replicas: "2"', ': 2'],
    [
      deployment({ template: { metadata: { labels: { v: 1.5 } }, spec: { containers: [{ name: 'a' }] } } }),
      'labels.v: 1.5',
      '',
    ],
    [
      deployment({
        selector: { matchLabels: { app: 'a', tier: 'x' } },
        template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'a' }] } },
      }),
      'spec.template.metadata.labels: the pods lack the label tier: x',
      'same labels',
    ],
    [
      deployment({ template: { spec: { containers: [] } } }),
      'spec.template.spec.containers: the pod has no containers',
      '',
    ],
    [of('ConfigMap', 'v1')({}, { labels: { v: true } }), 'metadata.labels.v: true is a boolean', '"true"'],
    [of('ConfigMap', 'v1')({}, { labels: { v: 'a b' } }), 'metadata.labels.v: "a b" is not allowed', ''],
    [of('Job', 'batch/v1')({}, { annotations: [] }), 'metadata.annotations: the value is a list', 'write an object'],
  ])('%j', (document, message, help) => {
    const found = findingsOf(document)
    expect(found).toEqual([expect.stringContaining(message)])
    expect(found[0]).toContain(help)
  })

  it('with one finding per mistake', () => {
    const spec = {
      ports: [
        { name: 'tcp', port: 1 },
        { name: 'tcp', port: 2 },
        { name: 'b', port: 70000, protocol: 'tcp' },
      ],
    }
    expect(findingsOf(service(spec)).map(text => text.split(':')[0])).toEqual([
      'spec.ports[2].port',
      'spec.ports[2].protocol',
      'spec.ports[1].name',
    ])
  })
})

describe('a value that an API server accepts is not reported', () => {
  it.each([
    of('Service', 'v1')({ spec: { clusterIP: 'None' } }),
    of('Service', 'v1')({ spec: { type: 'ExternalName', externalName: 'db.example.com.' } }),
    service({
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'dns-tcp', port: 53 },
      ],
    }),
    service({
      ports: [
        { name: '53', port: 53, targetPort: 'dns', nodePort: 30053, protocol: 'SCTP', appProtocol: 'kubernetes.io/ws' },
      ],
    }),
    service({ clusterIP: '', clusterIPs: [''] }),
    service({ type: '', sessionAffinity: '', ports: [{ port: 53, protocol: '' }] }),
    service({ ipFamilies: ['IPv6', 'IPv4'], ipFamilyPolicy: 'PreferDualStack' }),
    endpoints({
      subsets: [
        {
          addresses: [{ ip: '10.0.0.1' }],
          ports: [
            { name: 'a', port: 1 },
            { name: 'a', port: 2 },
          ],
        },
      ],
    }),
    slice({ addressType: 'FQDN', endpoints: [{ addresses: ['db.example.com'] }] }),
    slice({ addressType: 'IPv6', endpoints: [{ addresses: ['2001:db8::1'] }], ports: [{ name: '', port: 1 }] }),
    pod({ ports: [{ containerPort: 53, protocol: 'SCTP' }] }, { status: { podIP: '2001:db8::1' } }),
    pod({ anything: { at: ['all'] } }, { status: {} }),
    deployment({ replicas: 0, template: { spec: { containers: [{ name: 'a' }] } } }),
    of('Anything', 'example.com/v1')({ spec: 5, ports: 'x' }),
  ])('%j', document => {
    expect(findingsOf(document)).toEqual([])
  })
})

describe('a null counts as a missing field', () => {
  it('in manifests, and is removed', () => {
    const document = service({ selector: null, ports: null, clusterIP: 'None', type: null })
    expect(admit(document, validate)).toMatchObject({ findings: [], manifest: { spec: { clusterIP: 'None' } } })
    const admission = admit(document, validate)
    expect(admission.tag === 'object' && Object.keys(admission.manifest.spec ?? {})).toEqual(['clusterIP'])
  })

  it('but is an empty text in labels', () => {
    const admission = admit(service({ selector: { app: null } }), validate)
    expect(admission).toMatchObject({ findings: [], manifest: { spec: { selector: { app: '' } } } })
  })
})
