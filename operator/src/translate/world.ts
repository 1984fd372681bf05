/**
 * The snapshot as translation asks it: resources by key, pods by selector, the proxies. Answers keep their identity from
 * one snapshot to the next for as long as they say the same.
 */
import type { Route, Rule, Selector, Target, VirtualService } from '@l7mesh/crds'
import type { EndpointSlice, Pod, Service } from '../sources/kubernetes.ts'
import type { ByName, Snapshot } from '../sources/snapshot.ts'
import type { ProxyRef } from './desired.ts'
import {
  candidatesOf,
  keysOf,
  labelIndex,
  podsOfSlice,
  rulesByList as rulesIndex,
  slicesByService as slicesIndex,
} from './indexes.ts'
import { type Memo, neverSame, type Query, sameList, sameMap } from './memo.ts'
import { isReadyPod, podAddresses, proxyOf } from './pods.ts'
import { Findings } from './problems.ts'
import { keyOfReference, parseReference } from './references.ts'
import { compileSelector } from './selectors.ts'

export type World = {
  readonly virtualService: Query<VirtualService | undefined>
  readonly target: Query<Target | undefined>
  readonly rule: Query<Rule | undefined>
  readonly route: Query<Route | undefined>
  readonly service: Query<Service | undefined>
  /** All keys of a kind of resource, in the order of the snapshot. */
  readonly keys: Query<readonly string[]>
  /** The EndpointSlices of a Service, in the order of their names. */
  readonly slices: Query<readonly EndpointSlice[]>
  /** The keys of the Rules that name the rulelist `NAMESPACE/NAME`. */
  readonly rulesOf: Query<readonly string[]>
  /** The IP addresses of a ready pod; empty for any other. */
  readonly addresses: Query<readonly string[]>
  readonly proxy: Query<ProxyRef | undefined>
  proxies(): readonly string[]
  /** The keys of the ready pods that are selected, in order; undefined for a selector with a problem. */
  select(selector: Selector, namespace: string, findings: Findings): readonly string[] | undefined
}

export type WorldOptions = {
  /** Whether a selector reaches pods of all namespaces, or only those of its resource's own. */
  readonly selectorScope: 'all' | 'namespace'
}

export function createWorld(memo: Memo, snapshot: () => Snapshot, options: WorldOptions): World {
  const table = <K extends keyof Snapshot>(kind: K) => memo.input<Snapshot[K]>(() => snapshot()[kind], sameMap)
  const at = <T>(of: (snapshot: Snapshot) => ByName<T>) => memo.input<T | undefined>(key => of(snapshot()).get(key))
  const service = at(s => s.services)
  const rules = table('rules')
  const allPods = table('pods')
  const allSlices = table('endpointSlices')

  const pods = memo.query<ByName<Pod>>(() => new Map([...allPods('')].filter(([, pod]) => isReadyPod(pod))), sameMap)
  const slicesOf = memo.query(() => slicesIndex(allSlices('')), neverSame)
  const listed = memo.query(() => rulesIndex(rules('')), neverSame)
  const byLabel = memo.query(() => labelIndex(pods('')), neverSame)
  const slices = memo.query<readonly EndpointSlice[]>(key => slicesOf('').get(key) ?? [], sameList)
  const proxyKeys = memo.query<readonly string[]>(
    () => [...pods('')].filter(([key, pod]) => proxyOf(key, pod) !== undefined).map(([key]) => key),
    sameList,
  )

  /** The key is `[namespace, selector]` as JSON; namespace is null where the selector reaches all. */
  const selected = memo.query<readonly string[]>(text => {
    const [namespace, selector, behind]: [string | null, Selector, string | null] = JSON.parse(text)
    const candidates = candidatesOf(selector, byLabel(''), pods(''))
    const backends = behind === null ? undefined : new Set(slices(behind).flatMap(podsOfSlice))
    const matches = compileSelector(selector, new Findings())
    return candidates
      .filter(
        ([key, pod]) =>
          (backends?.has(key) ?? true) &&
          (namespace ?? pod.metadata.namespace) === pod.metadata.namespace &&
          matches?.(pod),
      )
      .map(([key]) => key)
      .sort()
  }, sameList)

  const select = createSelect(selected, service, options)
  return {
    virtualService: at(s => s.virtualServices),
    target: at(s => s.targets),
    rule: at(s => s.rules),
    route: at(s => s.routes),
    service,
    keys: memo.input(kind => keysOf(snapshot(), kind), sameList),
    slices,
    rulesOf: memo.query<readonly string[]>(key => listed('').get(key) ?? [], sameList),
    addresses: memo.query(key => podAddresses(pods('').get(key))),
    proxy: memo.query(key => {
      const pod = pods('').get(key)
      return pod && proxyOf(key, pod)
    }),
    proxies: () => proxyKeys(''),
    select,
  }
}

function createSelect(
  selected: Query<readonly string[]>,
  service: Query<Service | undefined>,
  options: WorldOptions,
): World['select'] {
  return (selector, namespace, findings) => {
    if (compileSelector(selector, findings) === undefined) return undefined
    const scope = options.selectorScope === 'namespace' ? namespace : null
    if (selector.matchService === undefined) return selected(JSON.stringify([scope, selector, null]))
    const reference = parseReference(selector.matchService, namespace)
    if (reference === undefined)
      return findings
        .at('matchService')
        .problem(
          'InvalidSelector',
          `${JSON.stringify(selector.matchService)} is not NAME or NAMESPACE/NAME of a Service.`,
        )
    const behind = keyOfReference(reference)
    if (service(behind) === undefined)
      findings
        .at('matchService')
        .problem('RefNotFound', `There is no Service ${behind}: no pod is selected until it appears.`)
    return selected(JSON.stringify([scope, selector, behind]))
  }
}
