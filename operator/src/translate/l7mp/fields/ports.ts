/** Ports. The proxy accepts any number: some become another port, and some listeners could never be removed again. */
import type { ClusterSpec, ListenerSpec } from '@l7mesh/proxy-client'
import type { ProblemCollector } from '../../problems.ts'

/** False, with a problem, for a number that is not a port. `problems` is at the field of the protocol, like `spec.UDP`. */
export function hasGoodPort(spec: ListenerSpec | ClusterSpec, problems: ProblemCollector): boolean {
  if (spec.protocol === 'JSONSocket')
    return hasGoodPort(spec.transport, problems.at('transport').at(spec.transport.protocol))
  if (!('port' in spec)) return true
  const problem = portProblem(spec.port)
  if (problem !== undefined) problems.at('port').add('Invalid', `${problem}.`)
  return problem === undefined
}

/** What is wrong with a number as a port, as a phrase; undefined for a port. */
export function portProblem(port: number): string | undefined {
  const isPort = Number.isInteger(port) && port >= 1 && port <= 65_535
  return isPort ? undefined : `${JSON.stringify(port)} is not a port: use a number from 1 to 65535`
}
