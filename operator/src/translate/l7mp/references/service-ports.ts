/** The port of a Service that a reference means, and its protocol. */
import type { ListenerSpec } from '@l7mesh/crds'
import type { Service, ServicePort } from '../../../kinds/core-types.ts'
import type { Lookup } from '../../lookup/lookup.ts'
import type { ProblemCollector } from '../../problems.ts'
import type { ListenerProtocol } from '../fields/listener-protocol.ts'

/** `wanted` is a number or a name; undefined if the reference has none. */
export function servicePort(
  key: string,
  { spec }: Service,
  wanted: string | undefined,
  problems: ProblemCollector,
): ServicePort | undefined {
  const ports = spec.ports ?? []
  if (ports.length === 0) return problems.add('RefNotFound', withoutPorts(key, spec))
  const found = wanted === undefined ? ports : ports.filter(port => isMeant(port, wanted))
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  if (only === undefined)
    return problems.add('RefNotFound', `Service ${key} has no port ${wanted}. Its ports: ${listOf(ports)}.`)
  return problems.add('RefAmbiguous', ambiguous(key, found, wanted))
}

function isMeant({ name, port }: ServicePort, wanted: string): boolean {
  return name === wanted || String(port) === wanted
}

/** How to name the port unambiguously. */
function ambiguous(key: string, found: readonly ServicePort[], wanted: string | undefined): string {
  if (wanted === undefined) return `Service ${key} has several ports: write \`NAME:PORT\`. Its ports: ${listOf(found)}.`
  if (found.some(({ name }) => name === wanted))
    return (
      `${wanted} is the name of one port of Service ${key} and the number of another: ${listOf(found)}. ` +
      'Rename the port in the Service to a name that is not a number.'
    )
  const howTo = found.every(({ name }) => name)
    ? 'write its name'
    : 'name them in the Service, and write the name of one'
  return `Service ${key} has several ports ${wanted}: ${howTo}. Its ports ${wanted}: ${listOf(found)}.`
}

function listOf(ports: readonly ServicePort[]): string {
  return ports
    .map(({ name, port, protocol = 'TCP' }) => (name ? `${name} (${port}/${protocol})` : `${port}/${protocol}`))
    .join(', ')
}

function withoutPorts(key: string, { type }: Service['spec']): string {
  return type === 'ExternalName'
    ? `Service ${key} has no ports: write \`NAME:PORT\`, like \`NAME:514\`.`
    : `Service ${key} has no ports, so it does not define a protocol. Add ports to it, or write a ` +
        `\`destination\` with a protocol and a port, and endpoints with \`selector: {matchService: ${key}}\`.`
}

/** An ExternalName Service without ports: the reference decides port and protocol. */
export function isPortlessExternalName({ spec }: Service): boolean {
  return spec.type === 'ExternalName' && (spec.ports ?? []).length === 0
}

export type PortProtocol = 'UDP' | 'TCP' | 'WebSocket'

/** undefined, with a problem, for a protocol that proxies do not support. */
export function protocolOf(
  key: string,
  { port, protocol = 'TCP', appProtocol }: ServicePort,
  problems: ProblemCollector,
) {
  if (protocol === 'UDP') return 'UDP' as const
  if (protocol !== 'TCP')
    return problems.add(
      'Unsupported',
      `Port ${port} of Service ${key} has the protocol ${protocol}, which proxies do not support.`,
    )
  if (appProtocol === 'kubernetes.io/wss')
    problems.note(
      `port ${port} of Service ${key} is WebSocket over TLS (kubernetes.io/wss), which proxies do not support: ` +
        'TCP sessions are forwarded unchanged',
    )
  return appProtocol === 'kubernetes.io/ws' ? ('WebSocket' as const) : ('TCP' as const)
}

/** Identifies the implied cluster of a Service: its key, a port as written, and the protocol if the Service has no ports. */
export type ServiceQuery = [key: string, port: string | undefined, defaultProtocol: PortProtocol | undefined]

type Origin = {
  readonly lookup: Lookup
  readonly problems: ProblemCollector
  readonly protocol: ListenerProtocol
  /** The key of the rulelist that contains the reference. */
  readonly list: string | undefined
}

/** A bare name takes its port and protocol from the listener. */
export function serviceQuery(key: string, port: string | undefined, origin: Origin): ServiceQuery {
  const { lookup, problems, protocol, list } = origin
  const service = lookup.services.get(key)
  if (service === undefined || !isPortlessExternalName(service)) return [key, port, undefined]
  if (protocol === 'http')
    problems.note(
      `Service ${key} has no ports, so it does not define a protocol: TCP is used, because proxies do not open HTTP sessions`,
    )
  const own = list === undefined ? undefined : lookup.virtualServices.get(list)
  const ownPort = portOf(own?.spec?.listener?.spec)
  return [key, port ?? (ownPort === undefined ? undefined : String(ownPort)), DEFAULT_PROTOCOLS[protocol]]
}

/** A proxy does not open HTTP sessions; their transport is TCP. */
const DEFAULT_PROTOCOLS: Readonly<Record<ListenerProtocol, PortProtocol>> = {
  udp: 'UDP',
  websocket: 'WebSocket',
  http: 'TCP',
  other: 'TCP',
}

function portOf(spec: ListenerSpec | undefined): number | undefined {
  const { JSONSocket, ...own } = spec ?? {}
  const { UDP, TCP, WebSocket } = JSONSocket?.transport ?? own
  return (UDP ?? TCP ?? WebSocket ?? own.HTTP)?.port
}
