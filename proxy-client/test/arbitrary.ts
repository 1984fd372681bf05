/** Arbitrary configs for properties: desired configs, and live configs that a proxy may have. */
import {
  type Arbitrary,
  array,
  constant,
  constantFrom,
  integer,
  option,
  record,
  subarray,
  tuple,
  uniqueArray,
} from 'fast-check'
import { DEFAULT_RETRY, isVirtual, normalCluster } from '../src/l7mp/normal-form.ts'
import {
  type Cluster,
  type ClusterSpec,
  type Config,
  EMPTY_CONFIG,
  type Listener,
  type ListenerSpec,
  type Route,
  type Rule,
  type RuleList,
} from '../src/model.ts'
import { hashed, RESOURCE_PREFIX } from '../src/names.ts'

/** A small mesh: a few services, each with the objects of a VirtualService. */
export type Service = {
  readonly name: string
  readonly listener: ListenerSpec
  readonly track: number
  readonly clusters: readonly { readonly spec: ClusterSpec; readonly addresses: readonly string[] }[]
  readonly order: readonly number[]
}

const clusterSpecs = constantFrom<ClusterSpec>(
  { protocol: 'UDP', port: 53 },
  { protocol: 'UDP', port: 54, bind: { port: 6000 } },
  { protocol: 'TCP', port: 80 },
  { protocol: 'WebSocket', port: 81 },
  { protocol: 'Echo' },
  { protocol: 'Sync', query: '/labels/call' },
  { protocol: 'Logger', log_file: '-', log_prefix: 'p' },
)

const addresses = subarray(['10.0.0.1', '10.0.0.2', '10.0.0.3'])

/** Ports are distinct, as after translation: of two services with the same port, only one reaches a proxy. */
function listenerSpec(index: number, ports: readonly number[]): Arbitrary<ListenerSpec> {
  const port = constantFrom(...ports.slice(2 * index, 2 * index + 2))
  return tuple(constantFrom('UDP', 'TCP', 'WebSocket', 'HTTP'), port).map(([protocol, port]) => ({ protocol, port }))
}

function service(index: number, ports: readonly number[]): Arbitrary<Service> {
  return record({
    name: constant(`s${index}`),
    listener: listenerSpec(index, ports),
    track: constantFrom(0, 5),
    clusters: array(record({ spec: clusterSpecs, addresses }), { minLength: 1, maxLength: 4 }),
    order: uniqueArray(integer({ min: 0, max: 3 }), { maxLength: 4 }),
  })
}

/** Two for each of three services. */
const PORTS = [9000, 9001, 9010, 9011, 9020, 9021]

/** Desired configs: closed under reference, in normal form, names with hashes. */
export function desiredOn(ports: readonly number[]): Arbitrary<Config> {
  return tuple(...[0, 1, 2].map(index => option(service(index, ports), { nil: undefined }))).map(services =>
    services.reduce<Config>((config, one) => (one ? withService(config, one) : config), EMPTY_CONFIG),
  )
}

/** Live configs: objects of l7mesh, also stale or incomplete, and objects of others. */
export function liveOn(ports: readonly number[]): Arbitrary<Config> {
  const desired = desiredOn(ports)
  return tuple(desired, desired, damages).map(([one, other, damage]) =>
    damaged(union(foreign, union(one, other)), damage),
  )
}

export function withService(config: Config, { name, listener, track, clusters, order }: Service): Config {
  const base = `${RESOURCE_PREFIX}default/virtualservices/${name}`
  const rules = clusters.map(({ spec, addresses }) => ruleFor(base, spec, addresses))
  const sequence = [...new Set([...order.flatMap(i => rules[i] ?? []), ...rules].map(({ rule }) => rule.name))]
  const options = { track }
  return {
    clusters: merged(
      config.clusters,
      rules.map(made => made.cluster),
    ),
    routes: merged(
      config.routes,
      rules.map(made => made.route),
    ),
    rules: merged(
      config.rules,
      rules.map(made => made.rule),
    ),
    rulelists: merged(config.rulelists, [{ name: `${base}/rules`, rules: sequence }]),
    listeners: merged(config.listeners, [
      { name: hashed(base, { spec: listener, options }), spec: listener, rules: `${base}/rules`, options },
    ]),
  }
}

function ruleFor(
  base: string,
  spec: ClusterSpec,
  addresses: readonly string[],
): { cluster: Cluster; route: Route; rule: Rule } {
  const named = hashed(`${base}/cluster`, { ...spec })
  const endpoints = isVirtual(spec)
    ? []
    : addresses.map(address => ({ name: `${named}/${address}`, spec: { address }, weight: 1 }))
  const cluster = normalCluster({ name: named, spec, loadbalancer: { policy: 'Trivial' }, endpoints })
  const route = { destination: named, ingress: [], egress: [], retry: DEFAULT_RETRY }
  const routeName = hashed(`${base}/route`, route)
  const match = { op: 'test', path: '/x', value: named }
  const action = { route: routeName }
  return {
    cluster,
    route: { name: routeName, ...route },
    rule: { name: hashed(`${base}/rule`, { match, action }), match, action },
  }
}

/** A service per seed may repeat a cluster with other endpoints: the first is used. */
function merged<T extends { readonly name: string }>(
  held: ReadonlyMap<string, T>,
  added: readonly T[],
): ReadonlyMap<string, T> {
  const all = new Map(held)
  for (const object of added) if (!all.has(object.name)) all.set(object.name, object)
  return all
}

/** Objects of others. */
const foreign: Config = {
  ...EMPTY_CONFIG,
  clusters: new Map([
    [
      'l7mp-controller',
      {
        name: 'l7mp-controller',
        spec: { protocol: 'L7mpController' },
        loadbalancer: { policy: 'None' },
        endpoints: [],
      },
    ],
  ]),
  rules: new Map([['theirs', { name: 'theirs', action: { route: 'nowhere' } }]]),
  rulelists: new Map([['their-list', { name: 'their-list', rules: ['theirs', 'gone'] }]]),
}

/** Deviations of a live config: objects of l7mesh that are missing, changed under their name, or stale. */
export type Damage = {
  readonly drop: readonly number[]
  readonly corrupt: readonly number[]
  readonly shuffle: readonly number[]
}
const indices = uniqueArray(integer({ min: 0, max: 30 }), { maxLength: 8 })
const damages: Arbitrary<Damage> = record({ drop: indices, corrupt: indices, shuffle: indices })

/** A live config of the same services as a desired one, as after an edit, a crash or changes by others. */
export function damaged(config: Config, { drop, corrupt, shuffle }: Damage): Config {
  const spoil = <T extends { readonly name: string }>(objects: ReadonlyMap<string, T>, change: (object: T) => T) =>
    new Map(
      [...objects]
        .filter(([name], i) => !name.startsWith(RESOURCE_PREFIX) || !drop.includes(i))
        .map(([name, object], i) => [
          name,
          name.startsWith(RESOURCE_PREFIX) && corrupt.includes(i) ? change(object) : object,
        ]),
    )
  return {
    clusters: spoil(config.clusters, cluster => ({
      ...cluster,
      spec: { protocol: 'UDP', port: 1 },
      loadbalancer: { policy: 'Trivial' },
    })),
    routes: spoil(config.routes, route => ({ ...route, destination: 'elsewhere' })),
    rules: spoil(config.rules, rule => ({ ...rule, action: { route: 'elsewhere' } })),
    rulelists: spoil(config.rulelists, list => ({ ...list, rules: shuffled(list.rules, shuffle) })),
    listeners: spoil(config.listeners, (listener): Listener => ({ ...listener, options: { track: 99 } })),
  }
}

function shuffled(rules: readonly string[], by: readonly number[]): RuleList['rules'] {
  return [...by.flatMap(i => rules[i % Math.max(rules.length, 1)] ?? []), ...rules]
}

export function union(one: Config, other: Config): Config {
  return {
    clusters: merged(one.clusters, [...other.clusters.values()]),
    routes: merged(one.routes, [...other.routes.values()]),
    rules: merged(one.rules, [...other.rules.values()]),
    rulelists: merged(one.rulelists, [...other.rulelists.values()]),
    listeners: merged(one.listeners, [...other.listeners.values()]),
  }
}

export const desiredConfigs = desiredOn(PORTS)
export const liveConfigs = liveOn(PORTS)
