/**
 * The condition `EndpointsReady`, and the counts of endpoints: whether the destinations of a resource have endpoints that
 * can accept sessions. Independent of `Programmed`: a proxy can hold a resource without endpoints. Pure.
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
   * Both numbers, for a column: `2/3`; with `!` if one destination has no ready endpoint and others do; `-` if no
   * destination has endpoints.
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
  const located = distinct.flatMap(({ destination, others, faults }) =>
    faults.map(fault => ({ ...fault, message: locatedMessage(destination, others, fault) })),
  )
  return { condition: { type: 'EndpointsReady', ...verdictOn(located, endpoints, problems) }, endpoints }
}

function usable({ destination, faults }: { destination: Destination; faults: readonly EndpointFault[] }): number {
  return destination.ready - faults.reduce((lost, fault) => lost + fault.lost, 0)
}

type EndpointFault = {
  readonly reason: 'NoEndpoints' | 'EndpointsUnreachable' | 'AddressNotResolved'
  readonly message: string
  /** The number of ready endpoints that cannot be used. */
  readonly lost: number
}

/** In descending order of severity. */
const REASONS = ['NoEndpoints', 'EndpointsUnreachable', 'AddressNotResolved'] as const

const MOST_FAULTS = 3

function verdictOn(
  faults: readonly EndpointFault[],
  { ready, total, summary }: EndpointsStatus,
  problems: readonly Problem[],
): Omit<EndpointsCondition, 'type'> {
  const [reason] = REASONS.filter(one => faults.some(fault => fault.reason === one))
  if (reason !== undefined) {
    const sorted = faults.toSorted((a, b) => REASONS.indexOf(a.reason) - REASONS.indexOf(b.reason))
    const messages = sorted.slice(0, MOST_FAULTS).map(({ message }) => message)
    const others = sorted.length - messages.length
    const more = others > 0 ? [`and ${others} more`] : []
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
    message: `the required endpoints are unknown until ${isRefused ? 'Accepted' : 'ResolvedRefs'} is True`,
  }
}

function locatedMessage({ path, named }: Destination, others: number, { message }: EndpointFault): string {
  const places = others > 0 ? ` (and ${others} more)` : ''
  return `${path}${places}: ${named === undefined ? '' : `${named} `}${message}`
}

function faultsOf(destination: Destination, resolved: Resolutions): readonly EndpointFault[] {
  const { ready, unreachable, names, protocol } = destination
  if (ready === 0)
    return [unreachable.length > 0 ? unreachableFault(protocol, unreachable, 'has') : noEndpoints(destination)]
  const unknown = names.filter(name => lacks(name, resolved, 'both'))
  const ipv6Only =
    protocol === 'UDP' ? names.filter(name => lacks(name, resolved, 'ipv4') && !unknown.includes(name)) : []
  return [
    ...(unknown.length > 0 ? [unresolved(unknown)] : []),
    ...(ipv6Only.length > 0 ? [{ ...unreachableFault(protocol, ipv6Only, 'uses'), lost: ipv6Only.length }] : []),
  ]
}

function lacks(name: string, resolved: Resolutions, families: 'both' | 'ipv4'): boolean {
  const found = resolved.get(name)
  return found !== undefined && !found.ipv4 && (families === 'ipv4' || !found.ipv6)
}

function noEndpoints({ source, total }: Destination): EndpointFault {
  const message = total === 0 ? NO_ENDPOINT[source] : noneReady(source, total)
  return { reason: 'NoEndpoints', message, lost: 0 }
}

const NO_ENDPOINT: { readonly [source in Destination['source']]: string } = {
  addresses: 'has no endpoint: add an address or a selector to `endpoints`, with a weight other than 0',
  pods: 'selects no pod: check the selector, and that the workload is not scaled to 0',
  slices:
    'has no endpoint: check that its selector selects pods, and that the workload is not scaled to 0; without a ' +
    'selector it needs an EndpointSlice with the label kubernetes.io/service-name',
}

function noneReady(source: Destination['source'], total: number): string {
  const noun = source === 'pods' ? 'pod' : 'endpoint'
  const none = total === 1 ? `1 ${noun}, which is not ready` : `${total} ${noun}s, but none is ready`
  return `has ${none}: check ${source === 'pods' ? 'the pods' : 'the pods behind it'}`
}

function unreachableFault(protocol: string, addresses: readonly string[], verb: string): EndpointFault {
  const help = protocol === 'UDP' ? 'an IPv4 address, or TCP' : 'an IPv4 address'
  return {
    reason: 'EndpointsUnreachable',
    message: `${verb} ${abbreviated(addresses)}, but the l7mp proxy supports ${protocol} over IPv4 only: use ${help}`,
    lost: 0,
  }
}

function unresolved(names: readonly string[]): EndpointFault {
  return {
    reason: 'AddressNotResolved',
    message:
      `uses ${abbreviated(names)}, which the operator cannot resolve: check the spelling, and that the DNS servers of ` +
      'the nodes know it',
    lost: names.length,
  }
}
