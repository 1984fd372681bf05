/** Ports. The proxy takes any number: some become another port, and some listeners can then never be removed. */
import type { ClusterSpec, ListenerSpec } from '@l7mesh/proxy-client'
import type { ProblemCollector } from '../../problems.ts'

/** False, with a problem, for a port that there cannot be. */
export function hasGoodPort(spec: ListenerSpec | ClusterSpec, problems: ProblemCollector): boolean {
  if (spec.protocol === 'JSONSocket') return hasGoodPort(spec.transport, problems)
  if (!('port' in spec)) return true
  const { port } = spec
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return true
  problems.at('port').add('Invalid', `${JSON.stringify(port)} is not a port: use 1 to 65535.`)
  return false
}
