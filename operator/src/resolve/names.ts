/** Which domain names are worth looking up. Pure. */
import type { Snapshot } from '../sources/snapshot.ts'
import type { DesiredFleet } from '../translate/desired.ts'

/** Those that endpoints have as addresses. */
export function namesIn({ destinations }: Pick<DesiredFleet, 'destinations'>): ReadonlySet<string> {
  const names = new Set<string>()
  for (const all of destinations.values())
    for (const destination of all) for (const name of destination.names) names.add(name)
  return names
}

const CLUSTER_DOMAINS = ['.svc', '.cluster.local']

/** Whether a name may be one that the DNS server of a cluster gives to a Service: `web`, `web.shop`, `web.shop.svc`. */
export function mayBeOfService(name: string, { services }: Pick<Snapshot, 'services'>): boolean {
  const plain = name.replace(/\.$/, '').toLowerCase()
  if (CLUSTER_DOMAINS.some(domain => plain.endsWith(domain))) return true
  const [service, namespace, ...more] = plain.split('.')
  if (more.length > 0) return false
  if (namespace !== undefined) return services.has(`${namespace}/${service}`)
  return services.values().some(({ metadata }) => metadata.name === service)
}
