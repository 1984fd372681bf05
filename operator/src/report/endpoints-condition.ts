/**
 * Whether the sessions of a resource have somewhere to go: the condition `EndpointsReady` and its numbers. Pure. It says
 * nothing of the proxies: they hold what they should also where nobody answers behind them.
 */

import type { Resolutions } from '../resolve/resolutions.ts'
import type { Destination, Problem } from '../translate/desired.ts'
import { abbreviated } from '../translate/problems.ts'
import type { ConditionReason } from './reasons.ts'

export type EndpointsCondition = {
  readonly type: 'EndpointsReady'
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: ConditionReason
  readonly message: string
}
export type EndpointsStatus = {
  readonly ready: number
  readonly total: number
  /**
   * Both in one word, for a column: `2/3`; with `!` where one destination has none and others hide it; `-` where no
   * destination takes endpoints.
   */
  readonly summary: string
}

export function endpointsOf(
  destinations: readonly Destination[],
  resolved: Resolutions,
  problems: readonly Problem[],
): { readonly condition: EndpointsCondition; readonly endpoints: EndpointsStatus } {
  const distinct = [...Map.groupBy(destinations, ({ cluster }) => cluster).values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ destination: first, others: others.length, faults: faultsOf(first, resolved) }],
  )
  const sum = (of: (one: (typeof distinct)[number]) => number) => distinct.reduce((all, one) => all + of(one), 0)
  const ready = sum(usable)
  const total = sum(({ destination }) => destination.total)
  const hidden = ready > 0 && distinct.some(one => usable(one) === 0) ? '!' : ''
  const endpoints = { ready, total, summary: distinct.length === 0 ? '-' : `${ready}/${total}${hidden}` }
  const told = distinct.flatMap(({ destination, others, faults }) =>
    faults.map(fault => ({ ...fault, message: toldOf(destination, others, fault) })),
  )
  return { condition: { type: 'EndpointsReady', ...verdictOn(told, endpoints, problems) }, endpoints }
}

function usable({ destination, faults }: { destination: Destination; faults: readonly EndpointFault[] }): number {
  return destination.ready - faults.reduce((lost, fault) => lost + fault.lost, 0)
}

type EndpointFault = {
  readonly reason: 'NoEndpoints' | 'EndpointsUnreachable' | 'AddressNotResolved'
  readonly message: string
  /** Of the endpoints that count as ready, how many are not. */
  readonly lost: number
}

/** The gravest first: what sessions end by for certain. */
const REASONS = ['NoEndpoints', 'EndpointsUnreachable', 'AddressNotResolved'] as const

/** So many are told of. */
const MOST = 3

function verdictOn(
  faults: readonly EndpointFault[],
  { ready, total, summary }: EndpointsStatus,
  problems: readonly Problem[],
): Omit<EndpointsCondition, 'type'> {
  const [reason] = REASONS.filter(one => faults.some(fault => fault.reason === one))
  if (reason !== undefined) {
    const gravest = faults.toSorted((a, b) => REASONS.indexOf(a.reason) - REASONS.indexOf(b.reason))
    const messages = gravest.slice(0, MOST).map(({ message }) => message)
    const others = gravest.length - messages.length
    const more = others > 0 ? [`and ${others} more like ${others === 1 ? 'this' : 'these'}`] : []
    return { status: 'False', reason, message: [...messages, ...more].join('; ') }
  }
  if (summary !== '-')
    return { status: 'True', reason: 'EndpointsReady', message: `${ready} of ${total} endpoints are ready` }
  const [problem] = problems
  if (problem === undefined)
    return { status: 'True', reason: 'EndpointsReady', message: 'no destination needs endpoints' }
  const isRefused = problems.some(({ condition }) => condition === 'Accepted')
  return {
    status: 'Unknown',
    reason: isRefused ? 'NotAccepted' : problem.reason,
    message: `which endpoints it needs is not known until ${isRefused ? 'Accepted' : 'ResolvedRefs'} is True`,
  }
}

function toldOf({ path, named }: Destination, others: number, { message }: EndpointFault): string {
  const places = others > 0 ? ` (and ${others} more)` : ''
  return `${path}${places}: ${named === undefined ? '' : `${named} `}${message}`
}

function faultsOf(destination: Destination, resolved: Resolutions): readonly EndpointFault[] {
  const { ready, unreachable, names, protocol } = destination
  if (ready === 0)
    return [unreachable.length > 0 ? unreached(protocol, unreachable, 'has') : nothingUsable(destination)]
  const absent = names.filter(name => lacks(name, resolved, 'both'))
  const ipv6Only =
    protocol === 'UDP' ? names.filter(name => lacks(name, resolved, 'ipv4') && !absent.includes(name)) : []
  return [
    ...(absent.length > 0 ? [unresolved(absent)] : []),
    ...(ipv6Only.length > 0 ? [{ ...unreached(protocol, ipv6Only, 'goes to'), lost: ipv6Only.length }] : []),
  ]
}

function lacks(name: string, resolved: Resolutions, what: 'both' | 'ipv4'): boolean {
  const families = resolved.get(name)
  return families !== undefined && !families.ipv4 && (what === 'ipv4' || !families.ipv6)
}

function nothingUsable({ source, total }: Destination): EndpointFault {
  const message = total === 0 ? NOTHING[source] : noneReady(source, total)
  return { reason: 'NoEndpoints', message, lost: 0 }
}

const NOTHING: { readonly [source in Destination['source']]: string } = {
  addresses: 'has no endpoint: give `endpoints` an address or a selector, with a weight that is not 0',
  pods: 'selects no pod: check the selector, and that the workload is not scaled to 0',
  slices:
    'has no endpoint: check that its selector selects pods, and that the workload is not scaled to 0; without a ' +
    'selector it needs an EndpointSlice with the label kubernetes.io/service-name',
}

function noneReady(source: Destination['source'], total: number): string {
  const what = source === 'pods' ? 'pod' : 'endpoint'
  const none = total === 1 ? `1 ${what}, which is not ready` : `${total} ${what}s, none of which is ready`
  return `has ${none}: look at ${source === 'pods' ? 'the pods' : 'the pods behind it'}`
}

function unreached(protocol: string, addresses: readonly string[], has: string): EndpointFault {
  const help = protocol === 'UDP' ? 'an IPv4 address, or use TCP' : 'an IPv4 address'
  return {
    reason: 'EndpointsUnreachable',
    message: `${has} ${abbreviated(addresses)}, and the l7mp proxy speaks ${protocol} over IPv4 only: give it ${help}`,
    lost: 0,
  }
}

function unresolved(names: readonly string[]): EndpointFault {
  return {
    reason: 'AddressNotResolved',
    message:
      `goes to ${abbreviated(names)}, which the operator cannot resolve: check the spelling, and that the DNS servers of ` +
      'the nodes know it',
    lost: names.length,
  }
}
