/**
 * Selections: compiled selectors. Resources with equal selectors share one, so that values that depend on the pods of a
 * selection are computed once for all of them, and only when its pods change.
 */
import type { Selector } from '@l7mesh/crds'
import type { EndpointSlice, Pod, SliceEndpoint } from '../../kinds/core-types.ts'
import type { ByName } from '../../sources/snapshot.ts'
import type { Entry } from '../incremental/indexes.ts'
import { createInterner } from '../incremental/intern.ts'
import { identical, type Memo, type Query, sameList } from '../incremental/memo.ts'
import { ProblemCollector } from '../problems.ts'
import { type PodState, stateOf } from './pods.ts'
import { keyOfReference, parseReference } from './references.ts'
import { compileSelector } from './selectors.ts'

/** Interned: equal selections are one object. */
export type Selection = {
  readonly selector: Selector
  /** The only namespace to select from; undefined for all namespaces. */
  readonly namespace: string | undefined
  /** The key of the Service whose endpoints the pods must be, if any. */
  readonly service: string | undefined
}

/** The keys of pods by their state, in order. */
export type EndpointPods = {
  readonly ready: readonly string[]
  /** Terminating pods that still serve. */
  readonly serving: readonly string[]
  /** Without terminating pods, which do not become ready again. */
  readonly unready: readonly string[]
}

/** Pods in some states: all of them, and by `LABEL=VALUE`. */
type Pods = { readonly group: Query<readonly Entry<Pod>[]>; readonly all: Query<ByName<Pod>, []> }

type Source = {
  readonly pod: Query<Pod | undefined>
  readonly slicesOf: Query<readonly EndpointSlice[]>
  readonly hasService: Query<boolean>
  readonly ready: Pods
  /** Pods that get no new sessions and are not over. */
  readonly others: Pods
}

export type Selections = {
  /** The selection of a selector of a resource in this namespace; undefined for an invalid selector. */
  select(selector: Selector, namespace: string, problems: ProblemCollector): Selection | undefined
  /** The keys of the ready pods of a selection, in order. */
  readonly selectedPods: Query<readonly string[], [Selection]>
  readonly selectedPodSet: Query<ReadonlySet<string>, [Selection]>
  readonly selectsAny: Query<boolean, [Selection]>
  /** All pods of a selection that are not over, as endpoints. */
  readonly endpointPods: Query<EndpointPods, [Selection]>
}

export function createSelections(
  memo: Memo,
  source: Source,
  { selectorScope }: { readonly selectorScope: 'all' | 'namespace' },
): Selections {
  const intern = createInterner<Selection>(one => JSON.stringify([one.namespace ?? null, one.selector, one.service]))
  const pods = selectedAmong(memo, source.ready, source)
  const others = selectedAmong(memo, source.others, source)
  const stateOfPod = memo.query<PodState>(key => {
    const held = source.pod(key)
    return held === undefined ? 'over' : stateOf(held)
  }, identical)
  return {
    select(selector, namespace, problems) {
      if (compileSelector(selector, problems) === undefined) return undefined
      const scope = selectorScope === 'namespace' ? namespace : undefined
      const { matchService } = selector
      if (matchService === undefined) return intern({ selector, namespace: scope, service: undefined })
      const service = serviceNamed(matchService, namespace, source.hasService, problems.at('matchService'))
      return service === undefined ? undefined : intern({ selector, namespace: scope, service })
    },
    selectedPods: pods,
    selectsAny: memo.query<boolean, [Selection]>(selection => pods(selection).length > 0),
    selectedPodSet: memo.query<ReadonlySet<string>, [Selection]>(selection => new Set(pods(selection)), identical),
    endpointPods: memo.query<EndpointPods, [Selection]>(selection => {
      const inState = (state: PodState) => others(selection).filter(key => stateOfPod(key) === state)
      return { ready: pods(selection), serving: inState('serving'), unready: inState('unready') }
    }, sameEndpointPods),
  }
}

function sameEndpointPods(a: EndpointPods, b: EndpointPods): boolean {
  return sameList(a.ready, b.ready) && sameList(a.serving, b.serving) && sameList(a.unready, b.unready)
}

function serviceNamed(
  text: string,
  namespace: string,
  hasService: Query<boolean>,
  problems: ProblemCollector,
): string | undefined {
  const reference = parseReference(text, namespace)
  if (reference === undefined)
    return problems.add(
      'InvalidSelector',
      `${JSON.stringify(text)} is not a valid reference to a Service: write NAME or NAMESPACE/NAME.`,
    )
  const key = keyOfReference(reference)
  if (!hasService(key)) problems.add('RefNotFound', `Service ${key} not found: no pod is selected until it exists.`)
  return key
}

function selectedAmong(memo: Memo, pods: Pods, { slicesOf }: Source): Query<readonly string[], [Selection]> {
  const labelled = memo.query<readonly Entry<Pod>[]>(label => pods.group(label).toSorted(byKey), sameList)
  const all = memo.query<readonly Entry<Pod>[], []>(() => [...pods.all()].sort(byKey), identical)
  return memo.query<readonly string[], [Selection]>(({ selector, namespace, service }) => {
    const backends = service === undefined ? undefined : new Set(slicesOf(service).flatMap(podsOfSlice))
    const matches = compileSelector(selector, new ProblemCollector())
    const isSelected = ([key, pod]: Entry<Pod>) =>
      (backends?.has(key) ?? true) &&
      (namespace ?? pod.metadata.namespace) === pod.metadata.namespace &&
      matches?.(pod) === true
    return candidates(selector, labelled, all)
      .filter(isSelected)
      .map(([key]) => key)
  }, sameList)
}

/** A superset of the pods that the selector selects, in order. */
function candidates(
  { matchLabels = {} }: Selector,
  labelled: Query<readonly Entry<Pod>[]>,
  all: Query<readonly Entry<Pod>[], []>,
): readonly Entry<Pod>[] {
  const groups = Object.entries(matchLabels).map(([label, value]) => labelled(`${label}=${value}`))
  return groups.length === 0 ? all() : groups.reduce((least, group) => (group.length < least.length ? group : least))
}

function byKey([a]: Entry<Pod>, [b]: Entry<Pod>): number {
  return a < b ? -1 : 1
}

/** The keys of the pods of a slice. */
function podsOfSlice(slice: EndpointSlice): readonly string[] {
  return slice.endpoints.map(endpoint => podOfEndpoint(slice, endpoint)).filter(key => key !== undefined)
}

/** The key of the pod of an endpoint, if it has one. */
export function podOfEndpoint({ metadata }: EndpointSlice, { targetRef }: SliceEndpoint): string | undefined {
  return targetRef?.kind === 'Pod' ? `${targetRef.namespace ?? metadata.namespace}/${targetRef.name}` : undefined
}
