/**
 * The rules of an API server for Kubernetes kinds beyond field types: port names, addresses, and uniqueness. Pure. The
 * rules skip values of the wrong type, which the schema reports.
 */
import { isIPv4, isIPv6 } from 'node:net'
import { type Finding, type FindingKind, isRecord, metadataFindings } from '@l7mesh/crds'
import type { Manifest } from '../manifest.ts'
import type { CoreKind } from './core-schemas.ts'
import { invalidReason } from './endpoint-address.ts'

type RawFields = Readonly<Record<string, unknown>>
type CoreRule = (manifest: Manifest) => readonly Finding[]

const podTemplate: CoreRule = ({ spec }) => {
  const { selector, template } = record(spec)
  const { metadata, spec: pod } = record(template)
  const templateLabels = record(metadata).labels
  return [
    ...selectorMatch(record(selector).matchLabels, record(templateLabels)),
    ...labels('spec.template.metadata.labels', templateLabels),
    ...podSpec('spec.template.spec', pod),
  ]
}

/** The selector of a workload must match its pod template. */
function selectorMatch(expected: unknown, templateLabels: RawFields): readonly Finding[] {
  return Object.entries(record(expected))
    .filter(([label, value]) => templateLabels[label] !== value)
    .map(([label, value]) => {
      const message = `the pods lack the label ${label}: ${value}, which spec.selector requires`
      return finding('Rule', 'spec.template.metadata.labels', message, 'use the same labels in both')
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
      ? [finding('Required', `${path}.containers`, 'the pod has no containers', 'list at least one')]
      : []),
    ...unique(all, `${path}.containers`, ({ name }) => name, 'name'),
    ...all.flatMap(([index, container]) => containerRules(`${path}.containers[${index}]`, container)),
  ]
}

function containerRules(path: string, { name, ports }: RawFields): readonly Finding[] {
  const all = items(ports)
  return [
    ...(typeof name === 'string' && !isLabel(name) ? [invalidName(`${path}.name`, name, LABEL_HELP)] : []),
    ...all.flatMap(([index, port]) => portName(`${path}.ports[${index}].name`, port.name)),
    ...unique(all, `${path}.ports`, port => port.name, 'name'),
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
    ...ipFamilies(spec),
    ...(clusterIP === 'None'
      ? []
      : address('spec.clusterIP', clusterIP || undefined, 'an IP address, None, or nothing')),
    ...missingPorts(spec),
    ...all.flatMap(([index, port]) => servicePort(`${path}[${index}]`, port, all.length)),
    ...unique(all, path, port => port.name, 'name'),
    ...unique(all, path, ({ port, protocol = 'TCP' }) => (typeof port === 'number' ? `${protocol} ${port}` : ''), ''),
  ]
}

function ipFamilies({ ipFamilies, ipFamilyPolicy }: RawFields): readonly Finding[] {
  if (!Array.isArray(ipFamilies) || ipFamilies.length < 2) return []
  if (ipFamilies[0] === ipFamilies[1])
    return [finding('Rule', 'spec.ipFamilies[1]', `${show(ipFamilies[1])} is listed twice`, 'list each family once')]
  if (ipFamilyPolicy !== 'SingleStack') return []
  const help = 'write PreferDualStack or RequireDualStack, or list one family'
  return [finding('Rule', 'spec.ipFamilyPolicy', 'SingleStack allows one family, but ipFamilies has two', help)]
}

function missingPorts({ type, clusterIP, ports = [] }: RawFields): readonly Finding[] {
  const mayHaveNone = type === 'ExternalName' || clusterIP === 'None'
  if (mayHaveNone || !Array.isArray(ports) || ports.length > 0) return []
  return [finding('Required', 'spec.ports', 'the Service has no ports', 'list at least one, or write clusterIP: None')]
}

function servicePort(path: string, port: RawFields, count: number): readonly Finding[] {
  return [...listedPort(path, port, count), ...portNumberOrName(`${path}.targetPort`, port.targetPort)]
}

/** Validates a port of a Service, or of Endpoints. */
function listedPort(path: string, { name, appProtocol }: RawFields, count: number): readonly Finding[] {
  const nameless = count > 1 && (name === undefined || name === '')
  return [
    ...(nameless
      ? [finding('Required', `${path}.name`, 'each of several ports needs a name', 'give each port its own name')]
      : labelName(`${path}.name`, name)),
    ...protocolName(`${path}.appProtocol`, appProtocol),
  ]
}

/** Has the syntax of a label key. */
function protocolName(path: string, name: unknown): readonly Finding[] {
  if (typeof name !== 'string' || labels('', { [name]: '' }).length === 0) return []
  return [invalidName(path, name, 'write a name like http, or PREFIX/NAME like kubernetes.io/ws')]
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
    ...unique(all, 'ports', ({ name }) => name ?? '', 'name', true),
  ]
}

function sliceAddresses(path: string, addresses: unknown, type: unknown): readonly Finding[] {
  if (!Array.isArray(addresses)) return []
  if (addresses.length === 0)
    return [finding('Required', path, 'the endpoint has no address', 'add one, or remove the endpoint')]
  return addresses.flatMap((one: unknown, index) => {
    const at = `${path}[${index}]`
    if (type === 'FQDN') return qualifiedName(at, one)
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
    ...(isEmpty ? [finding('Required', path, 'no addresses', 'set addresses or notReadyAddresses')] : []),
    ...each('addresses', addresses),
    ...each('notReadyAddresses', notReadyAddresses),
    ...all.flatMap(([index, port]) => listedPort(`${path}.ports[${index}]`, port, all.length)),
  ]
}

const isEmptyList = (list: unknown) => Array.isArray(list) && list.length === 0

/** Validates the address of an endpoint, which must be reachable from other machines. */
function endpoint(path: string, value: unknown, ...expected: AddressForm): readonly Finding[] {
  const findings = address(path, value, ...expected)
  const reason = findings.length === 0 && typeof value === 'string' ? invalidReason(value) : undefined
  if (reason === undefined) return findings
  return [finding('Rule', path, `${show(value)} is ${reason}, which no endpoint can have`, 'use the address of a pod')]
}

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const LABEL_HELP = 'use at most 63 lower-case letters, digits and "-", with a letter or digit at both ends'
const isLabel = (name: string) => LABEL.test(name)

/** Validates the name of a port of a Service or a slice. */
function labelName(path: string, name: unknown): readonly Finding[] {
  return typeof name !== 'string' || name === '' || isLabel(name) ? [] : [invalidName(path, name, LABEL_HELP)]
}

const PORT_NAME = /^(?=.{1,15}$)(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

/** Validates the name of a container port. */
function portName(path: string, name: unknown): readonly Finding[] {
  if (typeof name !== 'string' || name === '' || PORT_NAME.test(name)) return []
  const help = 'use at most 15 lower-case letters, digits and "-", with one letter at least and no "-" at an end'
  return [invalidName(path, name, help)]
}

function portNumberOrName(path: string, port: unknown): readonly Finding[] {
  if (port === undefined) return []
  const help = 'use a number from 1 to 65535, or the name of a container port'
  if (typeof port === 'string' && port !== '') {
    if (!/^\d+$/.test(port)) return portName(path, port)
    return [finding('WrongType', path, `${JSON.stringify(port)} is a number in quotes`, `remove the quotes: ${port}`)]
  }
  const isPort = Number.isInteger(port) && Number(port) >= 0 && Number(port) <= 65535
  return port === '' || isPort ? [] : [finding('WrongType', path, `${show(port)} is not a port`, help)]
}

type AddressForm = readonly [expected?: string, isValid?: (text: string) => boolean]

function address(path: string, value: unknown, ...rest: AddressForm): readonly Finding[] {
  const [expected = 'an IP address', isValid = text => isIPv4(text) || isIPv6(text)] = rest
  if (typeof value !== 'string' || (isValid(value) && !value.includes('%'))) return []
  return [finding('NotOneOf', path, `${show(value)} is not ${expected.split(',')[0]}`, `write ${expected}`)]
}

const DOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

function domainName(path: string, value: unknown): readonly Finding[] {
  if (value === undefined || value === '')
    return [finding('Required', path, 'the field is missing', 'set a domain name')]
  if (typeof value !== 'string' || DOMAIN.test(value.replace(/\.$/, ''))) return []
  return [
    finding('Name', path, `${show(value)} is not a domain name`, 'write a name in lower case, like db.example.com'),
  ]
}

/** Validates a name with at least two labels. */
function qualifiedName(path: string, value: unknown): readonly Finding[] {
  const findings = domainName(path, value)
  if (findings.length > 0 || String(value).replace(/\.$/, '').includes('.')) return findings
  return [finding('Name', path, `${show(value)} has no domain`, 'write the full name, like db.example.com')]
}

/** Validates labels at this path. */
function labels(path: string, value: unknown): readonly Finding[] {
  return metadataFindings({ name: 'x', labels: value }).map(one => ({
    ...one,
    path: one.path.replace('metadata.labels', path),
  }))
}

/** Finds duplicates in a list. */
function unique(
  all: readonly (readonly [number, RawFields])[],
  path: string,
  of: (item: RawFields) => unknown,
  field: string,
  orEmpty = false,
): readonly Finding[] {
  const seen = new Map<unknown, number>()
  return all.flatMap(([index, item]) => {
    const value = of(item)
    if (typeof value !== 'string' || (value === '' && !orEmpty)) return []
    const first = seen.get(value)
    if (first === undefined) {
      seen.set(value, index)
      return []
    }
    const at = field === '' ? `${path}[${index}]` : `${path}[${index}].${field}`
    return [finding('Rule', at, `${show(value)} is also in ${path}[${first}]`, `use each ${field || 'port'} once`)]
  })
}

function invalidName(path: string, name: string, help: string): Finding {
  return finding('Name', path, `${show(name)} is not allowed`, help)
}

function finding(kind: FindingKind, path: string, message: string, help: string): Finding {
  return { kind, path, message, help }
}

function show(value: unknown): string {
  if (typeof value === 'object' && value !== null) return 'the value'
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

function record(value: unknown): RawFields {
  return isRecord(value) ? value : {}
}

/** The objects of a list, with their indices. */
function items(value: unknown): readonly (readonly [number, RawFields])[] {
  return Array.isArray(value) ? value.flatMap((item, index) => (isRecord(item) ? [[index, item] as const] : [])) : []
}
