/**
 * What an API server asks of Kubernetes' own kinds beyond the types of their fields: how ports are named, what an address
 * is, what may not be there twice. Pure. The rules look at what has its type, and leave the rest to the schema.
 */
import { isIPv4, isIPv6 } from 'node:net'
import { type Finding, type FindingKind, isRecord, metadataFindings } from '@l7mesh/crds'
import type { Manifest } from '../manifest.ts'
import type { CoreKind } from './core-schemas.ts'
import { noEndpoint } from './endpoint-address.ts'

type RawFields = Readonly<Record<string, unknown>>
type CoreRule = (manifest: Manifest) => readonly Finding[]

const podTemplate: CoreRule = ({ spec }) => {
  const { selector, template } = record(spec)
  const { metadata, spec: pod } = record(template)
  const given = record(metadata).labels
  return [
    ...ownPods(record(selector).matchLabels, record(given)),
    ...labels('spec.template.metadata.labels', given),
    ...podSpec('spec.template.spec', pod),
  ]
}

/** A workload must find the pods again that it makes. */
function ownPods(wanted: unknown, given: RawFields): readonly Finding[] {
  return Object.entries(record(wanted))
    .filter(([label, value]) => given[label] !== value)
    .map(([label, value]) => {
      const message = `the pods have no label ${label}: ${value}, by which spec.selector looks for them`
      return finding('Rule', 'spec.template.metadata.labels', message, 'give both the same labels')
    })
}

export const CORE_RULES: Readonly<Partial<Record<CoreKind, CoreRule>>> = {
  '/Pod': ({ spec, status }) => [...podSpec('spec', spec), ...podAddresses(record(status))],
  '/Service': ({ spec }) => service(record(spec)),
  '/Endpoints': ({ subsets }) =>
    items(subsets).flatMap(([index, subset]) => endpointsSubset(`subsets[${index}]`, subset)),
  'discovery.k8s.io/EndpointSlice': endpointSlice,
  'apps/Deployment': podTemplate,
  'apps/ReplicaSet': podTemplate,
  'apps/StatefulSet': podTemplate,
  'apps/DaemonSet': podTemplate,
}

function podSpec(path: string, spec: unknown): readonly Finding[] {
  const { containers, nodeSelector } = record(spec)
  const all = items(containers)
  return [
    ...labels(`${path}.nodeSelector`, nodeSelector),
    ...(Array.isArray(containers) && containers.length === 0
      ? [finding('Required', `${path}.containers`, 'there is no container', 'list at least one')]
      : []),
    ...twice(all, `${path}.containers`, ({ name }) => name, 'name'),
    ...all.flatMap(([index, container]) => containerRules(`${path}.containers[${index}]`, container)),
  ]
}

function containerRules(path: string, { name, ports }: RawFields): readonly Finding[] {
  const all = items(ports)
  return [
    ...(typeof name === 'string' && !isLabel(name) ? [misnamed(`${path}.name`, name, LABEL_HELP)] : []),
    ...all.flatMap(([index, port]) => portName(`${path}.ports[${index}].name`, port.name)),
    ...twice(all, `${path}.ports`, port => port.name, 'name'),
  ]
}

function podAddresses({ podIP, podIPs }: RawFields): readonly Finding[] {
  return [
    ...address('status.podIP', podIP || undefined),
    ...items(podIPs).flatMap(([index, { ip }]) => address(`status.podIPs[${index}].ip`, ip)),
  ]
}

function service(spec: RawFields): readonly Finding[] {
  const { type, clusterIP, externalName, selector, ports } = spec
  const all = items(ports)
  const path = 'spec.ports'
  return [
    ...labels('spec.selector', selector),
    ...(type === 'ExternalName' ? domainName('spec.externalName', externalName) : []),
    ...families(spec),
    ...(clusterIP === 'None'
      ? []
      : address('spec.clusterIP', clusterIP || undefined, 'an IP address, None, or nothing')),
    ...noPort(spec),
    ...all.flatMap(([index, port]) => servicePort(`${path}[${index}]`, port, all.length)),
    ...twice(all, path, port => port.name, 'name'),
    ...twice(all, path, ({ port, protocol = 'TCP' }) => (typeof port === 'number' ? `${protocol} ${port}` : ''), ''),
  ]
}

function families({ ipFamilies, ipFamilyPolicy }: RawFields): readonly Finding[] {
  if (!Array.isArray(ipFamilies) || ipFamilies.length < 2) return []
  if (ipFamilies[0] === ipFamilies[1])
    return [finding('Rule', 'spec.ipFamilies[1]', `${shown(ipFamilies[1])} is there twice`, 'give each family once')]
  if (ipFamilyPolicy !== 'SingleStack') return []
  const help = 'write PreferDualStack or RequireDualStack, or give one family'
  return [finding('Rule', 'spec.ipFamilyPolicy', 'SingleStack is one family, and ipFamilies has two', help)]
}

function noPort({ type, clusterIP, ports = [] }: RawFields): readonly Finding[] {
  const mayHaveNone = type === 'ExternalName' || clusterIP === 'None'
  if (mayHaveNone || !Array.isArray(ports) || ports.length > 0) return []
  return [finding('Required', 'spec.ports', 'the Service has no port', 'list at least one, or write clusterIP: None')]
}

function servicePort(path: string, port: RawFields, count: number): readonly Finding[] {
  return [...oneOfSeveral(path, port, count), ...portNumberOrName(`${path}.targetPort`, port.targetPort)]
}

/** A port of a Service, or of Endpoints. */
function oneOfSeveral(path: string, { name, appProtocol }: RawFields, count: number): readonly Finding[] {
  const nameless = count > 1 && (name === undefined || name === '')
  return [
    ...(nameless
      ? [finding('Required', `${path}.name`, 'of several ports, each needs a name', 'give each port its own name')]
      : labelName(`${path}.name`, name)),
    ...protocolName(`${path}.appProtocol`, appProtocol),
  ]
}

/** Spelled as the key of a label. */
function protocolName(path: string, name: unknown): readonly Finding[] {
  if (typeof name !== 'string' || labels('', { [name]: '' }).length === 0) return []
  return [misnamed(path, name, 'write a name like http, or PREFIX/NAME like kubernetes.io/ws')]
}

function endpointSlice({ addressType, endpoints, ports }: Manifest): readonly Finding[] {
  const all = items(ports)
  return [
    ...items(endpoints).flatMap(([index, { addresses }]) =>
      sliceAddresses(`endpoints[${index}].addresses`, addresses, addressType),
    ),
    ...all.flatMap(([index, { name, appProtocol }]) => [
      ...labelName(`ports[${index}].name`, name),
      ...protocolName(`ports[${index}].appProtocol`, appProtocol),
    ]),
    ...twice(all, 'ports', ({ name }) => name ?? '', 'name', true),
  ]
}

function sliceAddresses(path: string, addresses: unknown, type: unknown): readonly Finding[] {
  if (!Array.isArray(addresses)) return []
  if (addresses.length === 0)
    return [finding('Required', path, 'the endpoint has no address', 'give it one, or leave the endpoint out')]
  return addresses.flatMap((one: unknown, index) => {
    const at = `${path}[${index}]`
    if (type === 'FQDN') return fullName(at, one)
    if (type === 'IPv6') return endpoint(at, one, 'an IPv6 address, as addressType says', isIPv6)
    return type === 'IPv4' ? endpoint(at, one, 'an IPv4 address, as addressType says', isIPv4) : []
  })
}

function endpointsSubset(path: string, { addresses, notReadyAddresses, ports }: RawFields): readonly Finding[] {
  const all = items(ports)
  const each = (name: string, list: unknown) =>
    items(list).flatMap(([index, { ip }]) => endpoint(`${path}.${name}[${index}].ip`, ip))
  const isEmpty = [addresses, notReadyAddresses].every(list => list === undefined || isEmptyList(list))
  return [
    ...(isEmpty ? [finding('Required', path, 'there is no address', 'give addresses or notReadyAddresses')] : []),
    ...each('addresses', addresses),
    ...each('notReadyAddresses', notReadyAddresses),
    ...all.flatMap(([index, port]) => oneOfSeveral(`${path}.ports[${index}]`, port, all.length)),
  ]
}

const isEmptyList = (list: unknown) => Array.isArray(list) && list.length === 0

/** The address of an endpoint: one that other machines can have. */
function endpoint(path: string, value: unknown, ...wanted: AddressForm): readonly Finding[] {
  const findings = address(path, value, ...wanted)
  const reason = findings.length === 0 && typeof value === 'string' ? noEndpoint(value) : undefined
  if (reason === undefined) return findings
  return [
    finding('Rule', path, `${shown(value)} is ${reason}, which no endpoint can have`, 'give the address of a pod'),
  ]
}

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const LABEL_HELP = 'use at most 63 lower-case letters, digits and "-", with a letter or digit at both ends'
const isLabel = (name: string) => LABEL.test(name)

/** The name of a Service's port, or of a slice's. */
function labelName(path: string, name: unknown): readonly Finding[] {
  return typeof name !== 'string' || name === '' || isLabel(name) ? [] : [misnamed(path, name, LABEL_HELP)]
}

const PORT_NAME = /^(?=.{1,15}$)(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

/** The name of a container's port. */
function portName(path: string, name: unknown): readonly Finding[] {
  if (typeof name !== 'string' || name === '' || PORT_NAME.test(name)) return []
  const help = 'use at most 15 lower-case letters, digits and "-", with one letter at least and no "-" at an end'
  return [misnamed(path, name, help)]
}

function portNumberOrName(path: string, port: unknown): readonly Finding[] {
  if (port === undefined) return []
  const help = 'give a number from 1 to 65535, or the name of a container port'
  if (typeof port === 'string' && port !== '') {
    if (!/^\d+$/.test(port)) return portName(path, port)
    return [
      finding('WrongType', path, `${JSON.stringify(port)} is a number in quotes`, `remove the quotes: ${port}`),
    ]
  }
  const isPort = Number.isInteger(port) && Number(port) >= 0 && Number(port) <= 65535
  return port === '' || isPort ? [] : [finding('WrongType', path, `${shown(port)} is not a port`, help)]
}

type AddressForm = readonly [wanted?: string, isOne?: (text: string) => boolean]

function address(path: string, value: unknown, ...rest: AddressForm): readonly Finding[] {
  const [wanted = 'an IP address', isOne = text => isIPv4(text) || isIPv6(text)] = rest
  if (typeof value !== 'string' || (isOne(value) && !value.includes('%'))) return []
  return [finding('NotOneOf', path, `${shown(value)} is not ${wanted.split(',')[0]}`, `write ${wanted}`)]
}

const DOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

function domainName(path: string, value: unknown): readonly Finding[] {
  if (value === undefined || value === '')
    return [finding('Required', path, 'the field is missing', 'give a domain name')]
  if (typeof value !== 'string' || DOMAIN.test(value.replace(/\.$/, ''))) return []
  return [
    finding('Name', path, `${shown(value)} is not a domain name`, 'write a name in lower case, like db.example.com'),
  ]
}

/** A name that has a domain. */
function fullName(path: string, value: unknown): readonly Finding[] {
  const findings = domainName(path, value)
  if (findings.length > 0 || String(value).replace(/\.$/, '').includes('.')) return findings
  return [finding('Name', path, `${shown(value)} has no domain`, 'write the full name, like db.example.com')]
}

/** The findings of labels, at the path where they stand. */
function labels(path: string, value: unknown): readonly Finding[] {
  return metadataFindings({ name: 'x', labels: value }).map(one => ({
    ...one,
    path: one.path.replace('metadata.labels', path),
  }))
}

/** What several of a list have in common and may not. */
function twice(
  all: readonly (readonly [number, RawFields])[],
  path: string,
  of: (item: RawFields) => unknown,
  field: string,
  evenEmpty = false,
): readonly Finding[] {
  const seen = new Map<unknown, number>()
  return all.flatMap(([index, item]) => {
    const value = of(item)
    if (typeof value !== 'string' || (value === '' && !evenEmpty)) return []
    const first = seen.get(value)
    if (first === undefined) {
      seen.set(value, index)
      return []
    }
    const at = field === '' ? `${path}[${index}]` : `${path}[${index}].${field}`
    return [finding('Rule', at, `${shown(value)} is in ${path}[${first}] already`, `give each ${field || 'port'} once`)]
  })
}

function misnamed(path: string, name: string, help: string): Finding {
  return finding('Name', path, `${shown(name)} is not allowed`, help)
}

function finding(kind: FindingKind, path: string, message: string, help: string): Finding {
  return { kind, path, message, help }
}

function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return 'the value'
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

function record(value: unknown): RawFields {
  return isRecord(value) ? value : {}
}

/** The objects of a list, with their places in it. */
function items(value: unknown): readonly (readonly [number, RawFields])[] {
  return Array.isArray(value) ? value.flatMap((item, index) => (isRecord(item) ? [[index, item] as const] : [])) : []
}
