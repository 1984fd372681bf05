/** Listeners: the socket of a VirtualService. */
import type { Listener as ListenerResource, ListenerTransport, ListenerSpec as SpecResource } from '@l7mesh/crds'
import {
  endsItsSessions,
  hashed,
  type Listener,
  type ListenerSpec,
  type TransportListenerSpec,
  type UdpListenerSpec,
} from '@l7mesh/proxy-client'
import { baseName, rulesName } from '../../names.ts'
import type { ProblemCollector } from '../../problems.ts'
import { hasGoodUdpAddress } from '../fields/address-fields.ts'
import { familyOf } from '../fields/addresses.ts'
import { asJson } from '../fields/json.ts'
import { oneOf } from '../fields/one-of.ts'
import { hasGoodPort } from '../fields/ports.ts'
import { inside, type Scope } from './scope.ts'

const TRANSPORTS = ['UDP', 'TCP', 'WebSocket', 'UnixDomainSocket']

/** The name of a listener does not depend on its rules: they are in a rulelist with a constant name. */
export function buildListener(listener: ListenerResource, key: string, scope: Scope): Listener | undefined {
  scope.problems.ignored(listener, 'name')
  const spec = listenerSpec(listener.spec, inside(scope, 'spec').problems)
  if (spec === undefined || !hasGoodPort(spec, inside(scope, 'spec', spec.protocol).problems)) return undefined
  const content = { spec, options: { track: trackOf(listener, spec, scope) } }
  return { name: hashed(baseName('virtualservices', key), asJson(content)), ...content, rules: rulesName(key) }
}

function trackOf({ options }: ListenerResource, spec: ListenerSpec, scope: Scope): number {
  if (options?.track !== undefined && endsItsSessions(spec))
    inside(scope, 'options', 'track').problems.note(
      'takes effect when the listener is next replaced: a change of this field alone does not replace it, because that would end its sessions',
    )
  return options?.track ?? 0
}

function listenerSpec(spec: SpecResource, problems: ProblemCollector): ListenerSpec | undefined {
  const protocol = oneOf(spec, [...TRANSPORTS, 'HTTP', 'JSONSocket'], problems)
  if (protocol === undefined) return undefined
  if (spec.HTTP) return withoutPath('HTTP', spec.HTTP, problems.at('HTTP'))
  if (spec.JSONSocket === undefined) return transport(spec, problems)
  const within = problems.at('JSONSocket')
  within.ignored(spec.JSONSocket, 'parse')
  if (oneOf(spec.JSONSocket.transport, TRANSPORTS, within.at('transport')) === undefined) return undefined
  const carried = transport(spec.JSONSocket.transport, within.at('transport'))
  return carried && { protocol: 'JSONSocket', transport: carried }
}

function transport(spec: ListenerTransport, problems: ProblemCollector): TransportListenerSpec | undefined {
  if (spec.UDP) return udp(spec.UDP, problems.at('UDP'))
  if (spec.TCP) return { protocol: 'TCP', port: spec.TCP.port }
  if (spec.WebSocket) return withoutPath('WebSocket', spec.WebSocket, problems.at('WebSocket'))
  if (spec.UnixDomainSocket === undefined) return undefined
  const { filename } = spec.UnixDomainSocket
  return filename
    ? { protocol: 'UnixDomainSocket', filename }
    : problems.at('UnixDomainSocket').add('Invalid', 'A Unix domain socket requires a `filename`.')
}

function withoutPath<P extends 'HTTP' | 'WebSocket'>(
  protocol: P,
  { port, path }: { readonly port: number; readonly path?: string },
  problems: ProblemCollector,
): { protocol: P; port: number } {
  if (path !== undefined)
    problems.at('path').note('has no effect: the proxy serves every path; match on /HTTP/url/path instead')
  return { protocol, port }
}

type UdpResource = NonNullable<SpecResource['UDP']>

/** A singleton resolves the name of its peer; a server compares the source addresses of datagrams. */
function hasPeerOfMode(
  mode: NonNullable<UdpResource['options']>['mode'],
  { address, port }: NonNullable<UdpResource['connect']> = {},
  problems: ProblemCollector,
): boolean {
  const isWhole = Boolean(address && port)
  if (mode === 'singleton' && !isWhole)
    problems.at('options.mode').add('Invalid', 'A singleton requires the address and port of its peer in `connect`.')
  else if ((mode === 'server' || !isWhole) && familyOf(address) === 'name')
    problems
      .at('connect.address')
      .add(
        'Invalid',
        `Peers are identified by IP address, and ${address} is a DNS name, which would match no peer: write an IP address.`,
      )
  else return true
  return false
}

function udp(
  { port, address, connect, options }: UdpResource,
  problems: ProblemCollector,
): UdpListenerSpec | undefined {
  const { address: peer, port: peerPort } = connect ?? {}
  const mode = options?.mode
  const isGood = hasGoodUdpAddress(address, 'own', problems.at('address'))
  if (!hasGoodUdpAddress(peer, 'peer', problems.at('connect').at('address')) || !isGood) return undefined
  if (!hasPeerOfMode(mode, connect, problems)) return undefined
  return {
    protocol: 'UDP',
    port,
    ...(address !== undefined && { address }),
    ...(connect !== undefined && {
      connect: { ...(peer !== undefined && { address: peer }), ...(peerPort !== undefined && { port: peerPort }) },
    }),
    ...(mode !== undefined && { options: { mode } }),
  }
}
