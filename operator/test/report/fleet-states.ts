/** Arbitrary states of a small fleet, whose proxies share equal objects like those of an operator. */
import { type Cluster, type Config, EMPTY_CONFIG, keyOf, type Listener, type ObjectId } from '@l7mesh/proxy-client'
import fc from 'fast-check'
import type { ProxyReport } from '../../src/report/placements.ts'
import type { ResourceKey } from '../../src/sources/snapshot.ts'
import type { DesiredProxy } from '../../src/translate/desired.ts'

export const RESOURCES: readonly ResourceKey[] = ['a', 'b', 'c'].map(
  name => `VirtualService/default/${name}` as ResourceKey,
)

type Design = Pick<DesiredProxy, 'config' | 'parts'>

/** The desired state of proxies for these versions of the resources; 0: the resource does not select them. */
function design(versions: readonly number[]): Design {
  const clusters = new Map<string, Cluster>()
  const listeners = new Map<string, Listener>()
  const rulelists = new Map()
  const parts = new Map<ResourceKey, readonly ObjectId[]>()
  for (const [index, version] of versions.entries()) {
    const key = RESOURCES[index]
    if (version === 0 || key === undefined) continue
    const name = `${resourceNamed(key)}@${version}`
    // Several resources can need one cluster.
    const cluster = clusterOf(index === 2 ? 'shared' : name, version)
    clusters.set(cluster.name, cluster)
    rulelists.set(name, { name, rules: [] })
    listeners.set(name, { name, spec: { protocol: 'TCP', port: 80 + index }, rules: name, options: { track: 0 } })
    const ids = cluster.endpoints.map(endpoint => ({ kind: 'endpoint' as const, name: endpoint.name }))
    parts.set(key, [
      { kind: 'listener', name },
      { kind: 'rulelist', name },
      { kind: 'cluster', name: cluster.name },
      ...ids,
    ])
  }
  return { config: { ...EMPTY_CONFIG, clusters, rulelists, listeners }, parts }
}

/** The second version has an endpoint with its own port, which not every proxy supports. */
function clusterOf(name: string, version: number): Cluster {
  const port = version === 2 ? { port: 81 } : {}
  return {
    name,
    spec: { protocol: 'TCP', port: 80 },
    loadbalancer: { policy: 'HashRing' },
    endpoints: [{ name: `${name}/${version}`, spec: { address: '10.0.0.1', ...port }, weight: 1 }],
  }
}

function resourceNamed(key: string): string {
  const [, namespace, name] = key.split('/')
  return `/apis/l7mp.io/v1/namespaces/${namespace}/virtualservices/${name}`
}

const DESIGNS: readonly Design[] = [
  [0, 0, 0],
  [1, 0, 0],
  [1, 1, 0],
  [1, 1, 1],
  [2, 1, 1],
  [2, 2, 1],
  [2, 1, 2],
].map(design)

const LISTENER = `${resourceNamed(RESOURCES[0] ?? '')}@1`
const CODES = ['address-in-use', 'invalid', 'deadly']

const state = fc.record({
  desired: fc.constantFrom(...DESIGNS),
  held: fc.constantFrom(undefined, ...DESIGNS),
  /** Whether its rulelists are in a separate map, as with the marker of a proxy. */
  isOwn: fc.boolean(),
  phase: fc.constantFrom('unknown', 'converging', 'converged', 'failing'),
  error: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    {
      weight: 1,
      arbitrary: fc.record({ code: fc.constantFrom('timeout', 'locked-out'), message: fc.constantFrom('x', 'y') }),
    },
  ),
  failures: fc.dictionary(
    fc.constantFrom(keyOf({ kind: 'listener', name: LISTENER }), keyOf({ kind: 'cluster', name: 'shared' })),
    fc.record({ code: fc.constantFrom(...CODES), message: fc.constantFrom('because', 'so') }),
    { maxKeys: 1 },
  ),
  endedSessions: fc.subarray([LISTENER]),
  stranded: fc.nat(2),
})
type State = typeof state extends fc.Arbitrary<infer T> ? T : never

function reportOf(proxy: string, { desired, held, isOwn, phase, error, failures, ...sessions }: State): ProxyReport {
  return {
    desired: { proxy: { key: proxy, uid: 'u', address: '127.0.0.1', port: 1234 }, ...desired },
    phase: error ? 'unreachable' : (phase as ProxyReport['phase']),
    live: held && liveOf(held, isOwn),
    failures: new Map(Object.entries(failures)) as ProxyReport['failures'],
    error,
    endedSessions: new Set(sessions.endedSessions),
    strandedSessions: new Map(sessions.stranded > 0 ? [[resourceNamed(RESOURCES[0] ?? ''), sessions.stranded]] : []),
  }
}

function liveOf({ config }: Design, isOwn: boolean): Config {
  return isOwn ? { ...config, rulelists: new Map([...config.rulelists, ['own', { name: 'own', rules: [] }]]) } : config
}

const change = fc.record({
  proxy: fc.constantFrom('p1', 'p2', 'p3', 'p4', 'p5'),
  to: fc.option(state, { freq: 5, nil: undefined }),
})
/** Proxies that change together. */
const step = fc.record({ changes: fc.array(change, { maxLength: 4 }), isReordered: fc.boolean() })

/** Consecutive fleets, which differ in some proxies. Unchanged proxies are the same objects. */
export const fleets: fc.Arbitrary<readonly ReadonlyMap<string, ProxyReport>[]> = fc
  .array(step, { minLength: 2, maxLength: 12 })
  .map(steps => {
    let proxies: ReadonlyMap<string, ProxyReport> = new Map()
    return steps.map(({ changes, isReordered }) => {
      const next = new Map(isReordered ? [...proxies].reverse() : proxies)
      for (const { proxy, to } of changes) {
        if (to) next.set(proxy, reportOf(proxy, to))
        else next.delete(proxy)
      }
      proxies = next
      return next
    })
  })
