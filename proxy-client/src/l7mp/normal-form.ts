/**
 * The normal form, in which desired and live configs can be compared. The proxy does not return objects as they were sent:
 * it fills in defaults, renames policies and drops unused fields (measured on l7mp 0.5.7). These functions convert responses
 * of the proxy to the types of `model`, and `normalCluster` converts a desired cluster, so that a config that was written is
 * read back equal. Pure.
 */
import { ProxyError } from '../errors.ts'
import type {
  Action,
  Cluster,
  ClusterSpec,
  Endpoint,
  Json,
  JsonObject,
  Listener,
  ListenerSpec,
  LoadBalancer,
  Retry,
  Rewrite,
  Route,
  Rule,
  RuleList,
  Tree,
} from '../model.ts'

/** The proxy's default for a route without `retry`; it does not complete a partial one. */
export const DEFAULT_RETRY: Retry = { retry_on: 'never', num_retries: 1, timeout: 2000 }

const TRIVIAL: LoadBalancer = { policy: 'Trivial' }
const NONE: LoadBalancer = { policy: 'None' }

/** The virtual clusters, which are inside of the proxy and have no endpoints, with the policy that is read back. */
const VIRTUAL_POLICY: { readonly [protocol: string]: LoadBalancer } = {
  Echo: TRIVIAL,
  Discard: TRIVIAL,
  JSONEncap: TRIVIAL,
  JSONDecap: TRIVIAL,
  Metric: TRIVIAL,
  Prometheus: TRIVIAL,
  Logger: NONE,
  Sync: NONE,
  Stdio: NONE,
  L7mpController: NONE,
}

/** Whether the cluster is virtual: inside of the proxy, without endpoints. */
export function isVirtual(spec: { readonly protocol: string }): boolean {
  return Object.hasOwn(VIRTUAL_POLICY, spec.protocol)
}

/** A cluster as it is read back: a virtual one has only the fields that the proxy uses. */
export function normalCluster(cluster: Cluster): Cluster {
  const policy = VIRTUAL_POLICY[cluster.spec.protocol]
  if (!policy || !isVirtual(cluster.spec)) return cluster
  return { ...cluster, spec: virtualSpec(cluster.spec), loadbalancer: policy, endpoints: [] }
}

function virtualSpec(spec: ClusterSpec): ClusterSpec {
  switch (spec.protocol) {
    case 'Logger':
      return { protocol: 'Logger', log_file: spec.log_file || '-', log_prefix: spec.log_prefix || '' }
    case 'Sync':
      return { protocol: 'Sync', query: spec.query }
    case 'Metric':
      return metricSpec(spec)
    default:
      // Only the tag is kept, and it is one of the union's.
      return { protocol: spec.protocol } as ClusterSpec
  }
}

function metricSpec({
  byteCounterName,
  packetCounterName,
}: ClusterSpec & { readonly protocol: 'Metric' }): ClusterSpec {
  return {
    protocol: 'Metric',
    ...(byteCounterName !== undefined && { byteCounterName }),
    ...(packetCounterName !== undefined && { packetCounterName }),
  }
}

/** An element of `GET /listeners`. */
export function parseListener(value: unknown): Listener {
  const { name, spec, rules, options } = objectOf(value, 'listener')
  return {
    name: stringOf(name, 'listener name'),
    // Specs of l7mesh are read back as they were sent; those of others are never compared.
    spec: protocolled(spec, 'listener spec') as unknown as ListenerSpec,
    rules: stringOf(rules, 'rules of a listener'),
    options: { track: 0, ...(options === undefined ? {} : objectOf(options, 'listener options')) },
  }
}

/** An element of `GET /clusters?recursive=true`. */
export function parseCluster(value: unknown): Cluster {
  const { name, spec, loadbalancer, endpoints } = objectOf(value, 'cluster')
  return normalCluster({
    name: stringOf(name, 'cluster name'),
    spec: protocolled(spec, 'cluster spec') as unknown as ClusterSpec,
    loadbalancer: parseLoadBalancer(loadbalancer),
    endpoints: arrayOf(endpoints, 'endpoints of a cluster').map(parseEndpoint).filter(isReal),
  })
}

/** An element of `GET /clusters/NAME/endpoints`. */
export function parseEndpoint(value: unknown): Endpoint {
  const { name, spec, weight } = objectOf(value, 'endpoint')
  return {
    name: stringOf(name, 'endpoint name'),
    spec: objectOf(spec, 'endpoint spec') as unknown as Endpoint['spec'],
    weight: typeof weight === 'number' ? weight : 1,
  }
}

/** An element of `GET /routes`. */
export function parseRoute(value: unknown): Route {
  const { name, destination, ingress, egress, retry } = objectOf(value, 'route')
  return {
    name: stringOf(name, 'route name'),
    destination: stringOf(destination, 'destination of a route'),
    ingress: stringsOf(ingress ?? [], 'ingress of a route'),
    egress: stringsOf(egress ?? [], 'egress of a route'),
    // The proxy keeps any retry as it was sent.
    retry: retry === undefined ? DEFAULT_RETRY : (objectOf(retry, 'retry') as unknown as Retry),
  }
}

/** An element of `GET /rules`. A rule that was sent without a match reads back with the match `{match: '*'}`. */
export function parseRule(value: unknown): Rule {
  const { name, match, action } = objectOf(value, 'rule')
  const parsed = { name: stringOf(name, 'rule name'), action: parseAction(action) }
  return isWildcard(match) ? parsed : { ...parsed, match: objectOf(match, 'match') }
}

/** An element of `GET /rulelists`. */
export function parseRuleList(value: unknown): RuleList {
  const { name, rules } = objectOf(value, 'rulelist')
  return { name: stringOf(name, 'rulelist name'), rules: stringsOf(rules, 'rules of a rulelist') }
}

/** The response to `GET /rulelists/NAME?recursive=true`, with objects in the place of names. */
export function parseTree(value: unknown): Tree {
  const clusters = new Map<string, Cluster>()
  const routes = new Map<string, Route>()
  const rules = new Map<string, Rule>()
  const clusterAt = inPlace(clusters, parseCluster)
  const routeAt = inPlace(routes, nested => {
    const route = objectOf(nested, 'route')
    const chain = (direction: 'ingress' | 'egress') => arrayOf(route[direction] ?? [], direction).map(clusterAt)
    const named = { destination: clusterAt(route.destination), ingress: chain('ingress'), egress: chain('egress') }
    return parseRoute({ ...route, ...named })
  })
  const ruleAt = inPlace(rules, nested => {
    const rule = objectOf(nested, 'rule')
    const { route, ...action } = objectOf(rule.action, 'action')
    return parseRule({ ...rule, action: route === undefined ? action : { ...action, route: routeAt(route) } })
  })
  const { name, rules: members } = objectOf(value, 'rulelist')
  const rulelist = parseRuleList({ name, rules: arrayOf(members, 'rules of a rulelist').map(ruleAt) })
  return {
    rulelist,
    rules: [...rules.values()],
    routes: [...routes.values()],
    clusters: [...clusters.values()],
  }
}

/** Stores the object in the place of a name, and returns the name. Dangling references are marked as stale. */
function inPlace<T extends { readonly name: string }>(found: Map<string, T>, parse: (value: unknown) => T) {
  return (value: unknown): string => {
    if (typeof value === 'string') return value.replace(/:<STALE>$/, '')
    const object = parse(value)
    found.set(object.name, object)
    return object.name
  }
}

function parseAction(value: unknown): Action {
  const { rewrite, route, apply } = objectOf(value, 'action')
  return {
    ...(rewrite !== undefined && { rewrite: arrayOf(rewrite, 'rewrite') as unknown as readonly Rewrite[] }),
    // A failed call of another client can leave a route that is not a string.
    ...(typeof route === 'string' && { route }),
    ...(typeof apply === 'string' && { apply }),
  }
}

function parseLoadBalancer(value: unknown): LoadBalancer {
  const { policy, key } = objectOf(value, 'loadbalancer')
  if (policy === 'None') return NONE
  if (policy !== 'HashRing' && policy !== 'ConsistentHash') return TRIVIAL
  return typeof key === 'string' && key !== '<RANDOM>' ? { policy: 'HashRing', key } : { policy: 'HashRing' }
}

function isWildcard(match: unknown): boolean {
  if (match === undefined || typeof match === 'string') return true
  const { match: pattern, ...others } = objectOf(match, 'match')
  return typeof pattern === 'string' && Object.keys(others).length === 0
}

/** False for the placeholder among the endpoints of a virtual cluster. */
function isReal(endpoint: Endpoint): boolean {
  return endpoint.spec.address !== '<VIRTUAL>'
}

function protocolled(value: unknown, what: string): JsonObject {
  const spec = objectOf(value, what)
  stringOf(spec.protocol, `protocol of a ${what}`)
  return spec
}

function objectOf(value: unknown, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  throw odd(what, 'an object', value)
}

function arrayOf(value: unknown, what: string): readonly Json[] {
  if (Array.isArray(value)) return value
  throw odd(what, 'a list', value)
}

function stringOf(value: unknown, what: string): string {
  if (typeof value === 'string') return value
  throw odd(what, 'a string', value)
}

function stringsOf(value: unknown, what: string): readonly string[] {
  return arrayOf(value, what).map(item => stringOf(item, what))
}

function odd(what: string, expected: string, value: unknown): ProxyError {
  const seen = JSON.stringify(value)?.slice(0, 80) ?? typeof value
  return new ProxyError('proxy-fault', `The proxy returned a ${what} that is not ${expected}: ${seen}`)
}
