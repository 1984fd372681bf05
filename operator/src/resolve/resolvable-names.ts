/** The domain names to look up. Pure. */
import type { Service } from '../kinds/core-types.ts'
import type { Snapshot } from '../sources/snapshot.ts'
import type { DesiredFleet } from '../translate/desired.ts'

/** The domain names among the addresses of endpoints. */
export function namesIn({ destinations }: Pick<DesiredFleet, 'destinations'>): ReadonlySet<string> {
  const names = new Set<string>()
  for (const all of destinations.values())
    for (const destination of all) for (const name of destination.names) names.add(name)
  return names
}

const CLUSTER_DOMAINS = ['.svc', '.cluster.local']

/**
 * Whether a name may be the cluster DNS name of a Service or of one of its pods: `web`, `web.shop`, `web.shop.svc`,
 * `web-0.web`.
 */
export function mayBeOfService(name: string, { services }: Pick<Snapshot, 'services'>): boolean {
  const plain = plainName(name)
  if (CLUSTER_DOMAINS.some(domain => plain.endsWith(domain))) return true
  const labels = plain.split('.')
  if (labels.length > 3) return false
  const [service, namespace] = labels.slice(-2)
  return services.has(`${namespace}/${service}`) || isShortOfService(name, { services })
}

/**
 * Whether a name may be such a name that resolves only in the namespace of the Service: `web`, and `web-0.web` of a headless
 * Service.
 */
export function isShortOfService(name: string, { services }: Pick<Snapshot, 'services'>): boolean {
  const labels = plainName(name).split('.')
  if (name.endsWith('.') || labels.length > 2) return false
  const matches = ({ metadata, spec }: Service) =>
    metadata.name === labels.at(-1) && (labels.length === 1 || spec.clusterIP === 'None')
  return services.values().some(matches)
}

function plainName(name: string): string {
  return name.replace(/\.$/, '').toLowerCase()
}
