/** Validates the addresses of listeners and clusters: false, with a problem, if the proxy cannot use one. */
import type { ClusterSpec } from '@l7mesh/proxy-client'
import type { ProblemCollector } from '../../problems.ts'
import { addressProblem, familyOf, ownAddressProblem } from './addresses.ts'

/** `own` is an address of the proxy, `peer` that of the other side; both may be omitted. */
export function hasGoodUdpAddress(
  address: string | undefined,
  whose: 'own' | 'peer',
  problems: ProblemCollector,
): boolean {
  if (!hasGoodAddress(address, whose, problems)) return false
  if (familyOf(address) !== 'IPv6') return true
  const example = whose === 'own' ? '0.0.0.0' : '192.0.2.1'
  problems.add(
    'Unsupported',
    `${address} is IPv6, and proxies support UDP over IPv4 only: write an address like ${example}.`,
  )
  return false
}

/** The local end of a cluster's connections. */
export function hasGoodBind(spec: ClusterSpec, problems: ProblemCollector): boolean {
  if (spec.protocol === 'JSONSocket')
    return hasGoodBind(spec.transport, problems.at('transport').at(spec.transport.protocol))
  if (spec.protocol !== 'UDP' && spec.protocol !== 'TCP') return true
  const at = problems.at('bind').at('address')
  return spec.protocol === 'UDP'
    ? hasGoodUdpAddress(spec.bind?.address, 'own', at)
    : hasGoodAddress(spec.bind?.address, 'own', at)
}

function hasGoodAddress(address: string | undefined, whose: 'own' | 'peer', problems: ProblemCollector): boolean {
  if (address === undefined) return true
  const problem = whose === 'own' ? ownAddressProblem(address) : addressProblem(address)
  if (problem !== undefined) problems.add('Invalid', problem)
  return problem === undefined
}
