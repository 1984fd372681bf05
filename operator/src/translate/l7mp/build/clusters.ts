/** Clusters: from a resource's `cluster` or `destination` to the cluster of a proxy. */
import type { Cluster as ClusterResource, ClusterTransport, ClusterSpec as SpecResource } from '@l7mesh/crds'
import {
  type Cluster,
  type ClusterSpec,
  hashed,
  type JsonSocketHeader,
  type LoadBalancer,
  normalCluster,
  type ObjectId,
  type TransportClusterSpec,
} from '@l7mesh/proxy-client'
import type { EndpointCounts } from '../../desired.ts'
import { parsePath, pathNote, ROOT, settingProblem, typeAt } from '../../predicates/paths.ts'
import type { ProblemCollector } from '../../problems.ts'
import { hasGoodBind } from '../fields/address-fields.ts'
import { asJson } from '../fields/json.ts'
import { hasHeaders, type ListenerProtocol } from '../fields/listener-protocol.ts'
import { oneOf } from '../fields/one-of.ts'
import { hasGoodPort } from '../fields/ports.ts'
import { reachOf } from '../fields/reach.ts'
import { countsOf, noteUnreachable } from './endpoint-counts.ts'
import type { EndpointSupply } from './endpoint-supply.ts'
import { namedEndpoints, supplyOf } from './endpoints.ts'
import { type BuiltCluster, inside, type Scope } from './scope.ts'

/** `base` is the name without the hash. An invalid cluster is omitted. */
export function buildCluster(cluster: ClusterResource, base: string, scope: Scope): BuiltCluster | undefined {
  scope.problems.ignored(cluster, 'name', 'options', 'endpointNum')
  const spec = clusterSpec(cluster.spec, inside(scope, 'spec'))
  if (spec === undefined) return undefined
  const loadbalancer = balancer(cluster, inside(scope, 'loadbalancer'))
  if (loadbalancer === undefined) return undefined
  const note = headerKeyNote({ spec, loadbalancer }, scope.protocol)
  if (note !== undefined) inside(scope, 'loadbalancer', 'key').problems.note(note)
  const supply = supplyOf(cluster, reachOf(spec), scope)
  const name = inlineName(base, { spec, loadbalancer }, cluster.endpoints ?? [], scope)
  const source = cluster.endpoints?.some(isSelected) ? 'pods' : 'addresses'
  return finishCluster({ name, spec, loadbalancer, supply }, scope, source)
}

/** An endpoint without weight is omitted, whatever it selects. */
function isSelected({ selector, weight = 1 }: NonNullable<ClusterResource['endpoints']>[number]): boolean {
  return selector !== undefined && weight > 0
}

/** The cluster and its endpoints in normal form. */
export function finishCluster(
  parts: {
    readonly name: string
    readonly spec: ClusterSpec
    readonly loadbalancer: LoadBalancer
    readonly supply: EndpointSupply
  },
  scope: Scope,
  source: EndpointCounts['source'] = 'slices',
): BuiltCluster {
  const { name, spec, loadbalancer, supply } = parts
  noteUnreachable(spec, supply.unreachable, scope)
  const cluster = normalCluster({ name, spec, loadbalancer, endpoints: namedEndpoints(name, supply.places, scope) })
  const endpoints = cluster.endpoints.map((endpoint): ObjectId => ({ kind: 'endpoint', name: endpoint.name }))
  return {
    cluster,
    ids: [{ kind: 'cluster', name }, ...endpoints],
    counts: countsOf(cluster, supply, source),
  }
}

export function clusterName(base: string, content: { spec: ClusterSpec; loadbalancer: LoadBalancer }): string {
  const { spec, loadbalancer } = normalCluster({ name: '', endpoints: [], ...content })
  return hashed(base, asJson({ spec, loadbalancer }))
}

function inlineName(
  base: string,
  content: { spec: ClusterSpec; loadbalancer: LoadBalancer },
  endpoints: NonNullable<ClusterResource['endpoints']>,
  { inlineClusters }: Scope,
): string {
  const plain = clusterName(base, content)
  if (!inlineClusters.isContested(plain, JSON.stringify(endpoints))) return plain
  return hashed(base, asJson({ ...content, endpoints }))
}

function balancer({ loadbalancer }: ClusterResource, scope: Scope): LoadBalancer | undefined {
  if (loadbalancer === undefined) return { policy: 'Trivial' }
  const { policy, key } = loadbalancer
  if (policy === 'Trivial') {
    scope.problems.ignored(loadbalancer, 'key')
    return { policy }
  }
  if (key === undefined || key === '' || key === '<RANDOM>') return { policy: 'HashRing' }
  const path = pathIn(key, scope.problems.at('key'))
  return path === undefined ? undefined : { policy: 'HashRing', key: path }
}

/** The note on a load balancer whose key is empty for all sessions of a listener with this protocol, if it is. */
export function headerKeyNote(
  { spec, loadbalancer }: Pick<Cluster, 'spec' | 'loadbalancer'>,
  protocol: ListenerProtocol,
): string | undefined {
  const key = loadbalancer.policy === 'HashRing' ? loadbalancer.key : undefined
  const isEmpty = key?.startsWith('/HTTP/headers') && hasHeaders(protocol) && isWebSocket(spec)
  return isEmpty
    ? 'the proxy connects to a WebSocket without the headers of the client, so this key is empty'
    : undefined
}

/** Whether the proxy opens a WebSocket to the endpoints of a cluster. */
export function isWebSocket(spec: ClusterSpec): boolean {
  return spec.protocol === 'JSONSocket' ? isWebSocket(spec.transport) : spec.protocol === 'WebSocket'
}

/** A path that the proxy reads. */
function pathIn(text: unknown, problems: ProblemCollector): string | undefined {
  const parsed = parsePath(text)
  if (parsed.problem !== undefined)
    return problems.add('Invalid', `The path is invalid: ${parsed.problem}. Write a path like /HTTP/headers/user.`)
  const note = pathNote(parsed)
  if (note !== undefined) problems.note(note)
  return parsed.path
}

function clusterSpec(spec: SpecResource, scope: Scope): ClusterSpec | undefined {
  const protocol = oneOf(spec, Object.keys(PROTOCOLS), scope.problems)
  if (protocol === undefined) return undefined
  const within = inside(scope, protocol)
  const made = PROTOCOLS[protocol]?.(spec, within)
  if (made === undefined) return undefined
  const isGood = hasGoodPort(made, within.problems)
  return hasGoodBind(made, within.problems) && isGood ? made : undefined
}

type Protocol = (spec: SpecResource, scope: Scope) => ClusterSpec | undefined

const PROTOCOLS: { readonly [protocol: string]: Protocol } = {
  UDP: transport,
  TCP: transport,
  WebSocket: transport,
  UnixDomainSocket: transport,
  JSONSocket: jsonSocket,
  Echo: () => ({ protocol: 'Echo' }),
  Discard: () => ({ protocol: 'Discard' }),
  Stdio: () => ({ protocol: 'Stdio' }),
  Sdtio: () => ({ protocol: 'Stdio' }),
  Logger: logger,
  JSONEncap: () => ({ protocol: 'JSONEncap' }),
  JSONDecap: () => ({ protocol: 'JSONDecap' }),
  Sync: sync,
  Metric: ({ Metric }, { problems }) => ({ protocol: 'Metric', ...counterNames(Metric, problems) }),
  Prometheus: () => ({ protocol: 'Prometheus' }),
  L7mpController: (_spec, { queries, problems }) =>
    queries.options.allowControllerDestination
      ? { protocol: 'L7mpController' }
      : problems.add(
          'Forbidden',
          'L7mpController exposes the REST API of the proxy: it requires the operator flag --allow-controller-destination.',
        ),
}

/** The valid names. The proxy has a default for each name that is not set. */
function counterNames(given: SpecResource['Metric'], problems: ProblemCollector) {
  const usable = (field: 'byteCounterName' | 'packetCounterName', other?: string) => {
    const name = given?.[field]
    if (name === undefined) return {}
    if (!METRIC_NAME.test(name))
      problems
        .at(field)
        .note(
          `${JSON.stringify(name)} is not a valid metric name, so the proxy uses its default: a name consists of ${METRIC_RULE}`,
        )
    else if (name === other) problems.at(field).note('is the same as byteCounterName, so the proxy uses its default')
    else return { [field]: name }
    return {}
  }
  return { ...usable('byteCounterName'), ...usable('packetCounterName', given?.byteCounterName) }
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const METRIC_RULE = 'letters, digits, `_` and `:`, and does not start with a digit'

const TRANSPORTS = ['UDP', 'TCP', 'WebSocket', 'UnixDomainSocket']

function transport(spec: ClusterTransport): TransportClusterSpec | undefined {
  if (spec.UDP) return { protocol: 'UDP', port: spec.UDP.port, ...bindOf(spec.UDP) }
  if (spec.TCP) return { protocol: 'TCP', port: spec.TCP.port, ...bindOf(spec.TCP) }
  if (spec.WebSocket) return { protocol: 'WebSocket', port: spec.WebSocket.port }
  return spec.UnixDomainSocket && { protocol: 'UnixDomainSocket' }
}

function bindOf({ bind }: { bind?: { address?: string; port?: number } }): {
  bind?: { address?: string; port?: number }
} {
  if (bind === undefined) return {}
  const { address, port } = bind
  return { bind: { ...(address !== undefined && { address }), ...(port !== undefined && { port }) } }
}

function jsonSocket({ JSONSocket }: SpecResource, scope: Scope): ClusterSpec | undefined {
  if (JSONSocket === undefined) return undefined
  const within = inside(scope, 'transport')
  const protocol = oneOf(JSONSocket.transport, [...TRANSPORTS, 'Stdio', 'Echo', 'Discard'], within.problems)
  if (protocol === undefined) return undefined
  if (!TRANSPORTS.includes(protocol))
    return within.problems.add(
      'Unsupported',
      `JSONSocket is not supported over ${protocol}: use ${TRANSPORTS.join(', ')}.`,
    )
  const carried = transport(JSONSocket.transport)
  const header = (JSONSocket.header ?? []).map((item, i) => headerItem(item, inside(scope, 'header', i)))
  const known = header.filter(item => item !== undefined)
  if (carried === undefined || known.length < header.length) return undefined
  return { protocol: 'JSONSocket', transport: carried, ...(known.length > 0 && { header: known }) }
}

function headerItem(
  { path, set }: NonNullable<NonNullable<SpecResource['JSONSocket']>['header']>[number],
  scope: Scope,
): JsonSocketHeader | undefined {
  const { problems } = scope
  if (path && !set) return copied(path, problems.at('path'))
  if (!set || path)
    return problems.add('Invalid', 'Exactly one of `path` (from, to) and `set` (key, value) must be set.')
  const key = pathInHeader(set.key, problems.at('set.key'))
  return key === undefined ? undefined : { set: { key, value: set.value } }
}

/** Both paths may be `/`. A scalar in place of the whole header would end the session. */
function copied({ from, to }: { from: string; to: string }, problems: ProblemCollector): JsonSocketHeader | undefined {
  const source = from === ROOT ? ROOT : pathIn(from, problems.at('from'))
  const target = to === ROOT ? ROOT : pathInHeader(to, problems.at('to'))
  if (source === undefined || target === undefined) return undefined
  const type = source === ROOT ? 'object' : typeAt(source.slice(1).split('/'))
  if (target === ROOT && type !== 'object' && type !== 'unknown')
    return problems
      .at('to')
      .add(
        'Invalid',
        `The header must be an object, and ${source} is a ${type}: write a path in the header, like /user.`,
      )
  return { path: { from: source, to: target } }
}

/** A path in a header, at which the proxy sets a value. */
function pathInHeader(text: unknown, problems: ProblemCollector): string | undefined {
  const path = pathIn(text, problems)
  const problem = path === undefined ? undefined : settingProblem(path.slice(1).split('/'))
  return problem === undefined ? path : problems.add('Invalid', problem)
}

function sync({ Sync }: SpecResource, { problems }: Scope): ClusterSpec | undefined {
  if (!Sync?.query) return problems.add('Invalid', 'A Sync cluster requires a `query`.')
  const query = pathIn(Sync.query, problems.at('query'))
  return query === undefined ? undefined : { protocol: 'Sync', query }
}

function logger({ Logger }: SpecResource, { queries, problems }: Scope): ClusterSpec | undefined {
  const { log_file = '-', log_prefix = '' } = Logger ?? {}
  if (log_file !== '-' && log_file !== '' && !queries.options.allowLogFiles)
    return problems
      .at('log_file')
      .add(
        'Forbidden',
        'A Logger can write only to `-`, the standard output of the proxy: files on its node require the operator flag --allow-log-files.',
      )
  return { protocol: 'Logger', log_file: log_file || '-', log_prefix }
}
