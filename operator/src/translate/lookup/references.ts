/** References of a resource to another one, in all their forms. */

export type RefKind = 'Target' | 'VirtualService' | 'Service' | 'Rule' | 'Route' | 'RuleList'

type Reference = {
  /** undefined if the reference does not specify it. */
  readonly kind: RefKind | undefined
  readonly namespace: string
  readonly name: string
  /** Of a Service: number or name. */
  readonly port: string | undefined
}

/** `plural` is used in API paths, `short` in cluster-local names. */
const KINDS: readonly { readonly kind: RefKind; readonly plural: string; readonly short: string }[] = [
  { kind: 'Target', plural: 'targets', short: 'target' },
  { kind: 'VirtualService', plural: 'virtualservices', short: 'virtualservice' },
  { kind: 'Service', plural: 'services', short: 'svc' },
  { kind: 'Rule', plural: 'rules', short: 'rule' },
  { kind: 'Route', plural: 'routes', short: 'route' },
  { kind: 'RuleList', plural: 'rulelists', short: 'rulelist' },
]

const NAME = '[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?'
const NAMESPACE = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?'
const FORMS: readonly RegExp[] = [
  new RegExp(`^/apis?/(?:l7mp\\.io/)?v1/namespaces/(?<ns>${NAMESPACE})/(?<kind>[a-z]+)/(?<name>${NAME})$`),
  new RegExp(`^/l7mp\\.io/v1/(?<kind>[A-Za-z]+)/(?<ns>${NAMESPACE})/(?<name>${NAME})$`),
  new RegExp(`^(?<name>${NAME})\\.(?<ns>${NAMESPACE})\\.(?<kind>[a-z]+)\\.cluster\\.local\\.?$`),
  new RegExp(`^(?<ns>${NAMESPACE})/(?<name>${NAME})$`),
  new RegExp(`^(?<name>${NAME})$`),
]
/** Longer than any valid reference. */
const MAX_LENGTH = 600

/** For messages about a reference of another form. */
export const VALID_FORMS =
  'Valid forms: NAME, NAMESPACE/NAME, /apis/l7mp.io/v1/namespaces/NAMESPACE/targets/NAME, /l7mp.io/v1/Target/NAMESPACE/NAME, ' +
  'NAME.NAMESPACE.target.cluster.local; for a Service also NAME.NAMESPACE.svc, and any of these followed by :PORT or :PORTNAME.'

/** What the text refers to, for a resource in `namespace`; undefined if it is not a reference. */
export function parseReference(text: unknown, namespace: string): Reference | undefined {
  if (typeof text !== 'string' || text.length > MAX_LENGTH) return undefined
  const [, path = '', port] = /^(.*?)(?::([a-z0-9-]+))?$/.exec(text) ?? []
  for (const form of FORMS) {
    const groups = form.exec(path)?.groups
    if (groups === undefined) continue
    const { ns = namespace, name = '', kind } = groups
    const known = kind === undefined ? undefined : kindNamed(kind)
    if (kind !== undefined && known === undefined) continue
    return { kind: known, namespace: ns, name, port }
  }
  return undefined
}

/**
 * The Service of a DNS name of the cluster, `NAME.NAMESPACE` or `NAME.NAMESPACE.svc`. The names of l7mesh's kinds may
 * contain dots, so such a text means a Service only if no object has that name.
 */
export function parseDnsName(text: string): Reference | undefined {
  const groups = DNS_NAME.exec(text)?.groups
  if (groups === undefined) return undefined
  const { name = '', ns = '', port } = groups
  return { kind: 'Service', namespace: ns, name, port }
}

const DNS_NAME = new RegExp(`^(?<name>${NAMESPACE})\\.(?<ns>${NAMESPACE})(?:\\.svc)?\\.?(?::(?<port>[a-z0-9-]+))?$`)

function kindNamed(text: string): RefKind | undefined {
  return KINDS.find(({ kind, plural, short }) => [kind, plural, short, kind.toLowerCase()].includes(text))?.kind
}

/** `NAMESPACE/NAME` */
export function keyOfReference({ namespace, name }: Reference): string {
  return `${namespace}/${name}`
}
