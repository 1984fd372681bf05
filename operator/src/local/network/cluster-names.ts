/**
 * Resolves names as the cluster DNS does (the DNS specification of Kubernetes): Services, the pods of headless Services
 * by their hostnames, ExternalNames. Pure.
 */
import type { ServiceView } from './local-services.ts'

export type NameResult =
  | { readonly type: 'addresses'; readonly addresses: readonly string[] }
  /** A CNAME. */
  | { readonly type: 'alias'; readonly name: string }
  /** A name in the cluster domain that does not exist. */
  | { readonly type: 'unknown' }

export const CLUSTER_DOMAIN = 'cluster.local'

/** `name`: fully qualified, in lower case, without a trailing dot. undefined: not in the cluster domain. */
export type ClusterNames = (name: string) => NameResult | undefined

/** `virtualAddress`: the address from which a Service is forwarded; undefined if its pods are reached directly. */
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

/** A pod of a headless Service, by its hostname or by its address with dashes. */
function podAt({ headless, endpoints }: ServiceView, hostname: string): NameResult {
  if (!headless) return UNKNOWN
  const own = ({ hostname: given, address }: ServiceView['endpoints'][number]) => given ?? address.replaceAll('.', '-')
  const addresses = endpoints.filter(endpoint => own(endpoint) === hostname).map(({ address }) => address)
  return addresses.length === 0 ? UNKNOWN : { type: 'addresses', addresses }
}

/** The search domains for names that are not fully qualified, in order. */
export const searchList = (namespace: string) => [
  `${namespace}.svc.${CLUSTER_DOMAIN}`,
  `svc.${CLUSTER_DOMAIN}`,
  CLUSTER_DOMAIN,
]
