/**
 * What the cluster's DNS says of a name (the DNS specification of Kubernetes): Services, the pods of headless ones by
 * their hostnames, ExternalNames. Pure.
 */
import type { ServiceView } from './local-services.ts'

export type NameResult =
  | { readonly type: 'addresses'; readonly addresses: readonly string[] }
  /** Another name for this one. */
  | { readonly type: 'alias'; readonly name: string }
  /** A name of the cluster that does not exist. */
  | { readonly type: 'unknown' }

export const CLUSTER_DOMAIN = 'cluster.local'

/** `name` is whole, in lower case, without a dot at its end. undefined: it is no name of the cluster. */
export type ClusterNames = (name: string) => NameResult | undefined

/** `virtualAddress`: where a Service is forwarded from; absent for one whose pods are reached directly. */
export function clusterNames(
  views: readonly ServiceView[],
  virtualAddress: (key: string) => string | undefined,
): ClusterNames {
  const services = new Map(views.map(view => [view.key, view]))
  return name => {
    if (name !== CLUSTER_DOMAIN && !name.endsWith(`.${CLUSTER_DOMAIN}`)) return undefined
    const labels = name.slice(0, -CLUSTER_DOMAIN.length).split('.').slice(0, -1)
    const [kind, namespace, service, hostname, ...more] = labels.toReversed()
    const view = kind === 'svc' && more.length === 0 ? services.get(`${namespace}/${service}`) : undefined
    if (view === undefined) return UNKNOWN
    return hostname === undefined ? serviceAt(view, virtualAddress(view.key)) : podAt(view, hostname)
  }
}

const UNKNOWN: NameResult = { type: 'unknown' }

function serviceAt({ externalName, endpoints }: ServiceView, virtual: string | undefined): NameResult {
  if (externalName !== undefined) return { type: 'alias', name: externalName.toLowerCase().replace(/\.$/, '') }
  const addresses = virtual === undefined ? endpoints.map(({ address }) => address) : [virtual]
  return { type: 'addresses', addresses: [...new Set(addresses)] }
}

/** A pod of a headless Service: by its hostname, or its address with dashes. */
function podAt({ headless, endpoints }: ServiceView, hostname: string): NameResult {
  if (!headless) return UNKNOWN
  const own = ({ hostname: given, address }: ServiceView['endpoints'][number]) => given ?? address.replaceAll('.', '-')
  const addresses = endpoints.filter(endpoint => own(endpoint) === hostname).map(({ address }) => address)
  return addresses.length === 0 ? UNKNOWN : { type: 'addresses', addresses }
}

/** Where a name that is not whole is looked for, in this order. */
export const searchList = (namespace: string) => [
  `${namespace}.svc.${CLUSTER_DOMAIN}`,
  `svc.${CLUSTER_DOMAIN}`,
  CLUSTER_DOMAIN,
]
