/**
 * The snapshot as translation asks it: resources by key, pods by selector, the proxies. Answers keep their identity from
 * one snapshot to the next for as long as they say the same.
 */
import type { Route, Rule, Selector, Target, VirtualService } from '@l7mesh/crds'
import type { EndpointSlice, Pod, Service, SliceEndpoint } from '../../kinds/core-types.ts'
import { KINDS, RESOURCE_FIELDS } from '../../kinds/kinds.ts'
import type { ByName, ResourceKind, Snapshot } from '../../sources/snapshot.ts'
import type { ProxyRef } from '../desired.ts'
import { crowdsIn, proxiesByAddress } from '../fleet/shared-addresses.ts'
import { changes, type Entry, type Index } from '../incremental/indexes.ts'
import { identical, type Memo, type Query, sameList } from '../incremental/memo.ts'
import { plainForm } from '../predicates/address-forms.ts'
import { Findings } from '../problems.ts'
import type { View } from './indexed-snapshot.ts'
import { isOver, type PodState, podAddresses, proxyOf, stateOf } from './pods.ts'
import { keyOfReference, parseReference } from './references.ts'
import { compileSelector } from './selectors.ts'

export type World = {
  readonly virtualService: Query<VirtualService | undefined>
  readonly target: Query<Target | undefined>
  readonly rule: Query<Rule | undefined>
  readonly route: Query<Route | undefined>
  readonly service: Query<Service | undefined>
  /** All keys of a kind of resource, in the order of the snapshot. */
  keys(kind: ResourceKind): readonly string[]
  /** The EndpointSlices of a Service, in the order of their names. */
  readonly slices: Query<readonly EndpointSlice[]>
  /** The keys of the Rules that name the rulelist `NAMESPACE/NAME`. */
  readonly rulesOf: Query<readonly string[]>
  /** Whether a VirtualService or Rule names `list NAMESPACE/NAME` or `rule NAMESPACE/NAME` in its rules. */
  readonly isNamed: Query<boolean>
  /** The keys of the VirtualServices with a listener at a port, as in `udp:53`, in order. */
  readonly listenersAt: Query<readonly string[]>
  /** The proxies at an address, the oldest first. */
  readonly proxiesAt: Query<readonly string[]>
  /** Whether the pod of a key is known to have run to its end. */
  readonly isOver: Query<boolean>
  /** The IP addresses of a pod. */
  readonly addresses: Query<readonly string[]>
  readonly proxy: Query<ProxyRef | undefined>
  proxies(): readonly string[]
  /** Groups of several proxies at one address, the oldest of each first. */
  crowds(): readonly (readonly string[])[]
  /** The keys of the ready pods that are selected, in order; undefined for a selector with a problem. */
  select(selector: Selector, namespace: string, findings: Findings): readonly string[] | undefined
  /** All pods that are selected and are not over, as places for sessions. */
  endpointPods(selector: Selector, namespace: string, findings: Findings): EndpointPods
}

/** The keys of pods by their state, in order. */
export type EndpointPods = {
  readonly ready: readonly string[]
  /** They end, and do as yet what they did. */
  readonly serving: readonly string[]
  /** Those that end are not among them: they do not become ready any more. */
  readonly unready: readonly string[]
}

export type WorldOptions = {
  /** Whether a selector reaches pods of all namespaces, or only those of its resource's own. */
  readonly selectorScope: 'all' | 'namespace'
}

export function createWorld(memo: Memo, view: () => View, options: WorldOptions): World {
  const resource = <K extends keyof Snapshot>(kind: K) =>
    memo.input(
      key => view().snapshot[kind].get(key) as ObjectOf<K> | undefined,
      (): ByName<object> => view().snapshot[kind],
      identical,
      changedKeys,
    )
  const service = resource('services')
  const slices = createSlices(memo, view)
  const keys = createKeys(memo, view)
  const rulesOf = group(memo, () => view().rules)
  const namingServices = group(memo, () => view().namingServices)
  const namingRules = group(memo, () => view().namingRules)
  const listeners = group(memo, () => view().listeners)
  return {
    virtualService: resource('virtualServices'),
    target: resource('targets'),
    rule: resource('rules'),
    route: resource('routes'),
    service,
    keys: kind => keys.get(kind)?.('') ?? [],
    slices,
    rulesOf: memo.query<readonly string[]>(key => rulesOf(key).map(([rule]) => rule), sameList),
    isNamed: memo.query(name => namingServices(name).length + namingRules(name).length > 0),
    listenersAt: memo.query<readonly string[]>(
      port =>
        listeners(port)
          .map(([key]) => key)
          .sort(),
      sameList,
    ),
    ...createProxies(memo, view),
    ...createSelection(memo, view, { slices, service, pod: resource('pods') }, options),
  }
}

function createProxies(memo: Memo, view: () => View): Pick<World, 'proxy' | 'proxies' | 'proxiesAt' | 'crowds'> {
  const readyPod = memo.input(
    key => view().pods.items.get(key),
    () => view().pods.items,
    identical,
    changedKeys,
  )
  const proxies = memo.input<readonly string[]>(
    () => view().proxies,
    () => view().proxies,
    sameList,
  )
  const addresses = memo.query(() => proxiesByAddress(proxies(''), readyPod))
  const crowds = memo.query(() => crowdsIn(proxies(''), readyPod))
  return {
    proxy: memo.query(key => {
      const ready = readyPod(key)
      return ready && proxyOf(key, ready)
    }),
    proxies: () => proxies(''),
    proxiesAt: memo.query(address => addresses('').get(plainForm(address) ?? address) ?? []),
    crowds: () => crowds(''),
  }
}

function createSelection(
  memo: Memo,
  view: () => View,
  { slices, service, pod }: Pick<World, 'slices' | 'service'> & { readonly pod: Query<Pod | undefined> },
  options: WorldOptions,
): Pick<World, 'isOver' | 'addresses' | 'select' | 'endpointPods'> {
  const podState = memo.query<PodState>(key => {
    const held = pod(key)
    return held === undefined ? 'over' : stateOf(held)
  }, identical)
  const ofPods = (pods: () => Index<Pod>) => createSelect(createSelected(memo, pods, slices), service, options)
  const select = ofPods(() => view().pods)
  const selectOthers = ofPods(() => view().otherPods)
  return {
    isOver: memo.query(key => {
      const held = pod(key)
      return held !== undefined && isOver(held)
    }),
    addresses: memo.query(key => podAddresses(pod(key))),
    select,
    endpointPods: (selector, namespace, findings) => {
      const ready = select(selector, namespace, findings)
      // What is wrong with the selector has been said.
      const others = (ready && selectOthers(selector, namespace, new Findings())) ?? []
      const inState = (state: PodState) => others.filter(key => podState(key) === state)
      return { ready: ready ?? [], serving: inState('serving'), unready: inState('unready') }
    },
  }
}

type ObjectOf<K extends keyof Snapshot> = Snapshot[K] extends ByName<infer T> ? T : never

/** One group of an index, by its name. */
function group<T>(memo: Memo, index: () => Index<T>): Query<readonly Entry<T>[]> {
  return memo.input<readonly Entry<T>[], ByName<object>>(
    name => index().groups.get(name) ?? [],
    () => index().groups,
    sameList,
    changedKeys,
  )
}

function changedKeys(now: ByName<object>, before: ByName<object>): readonly string[] {
  return changes(now, before).map(({ key }) => key)
}

function createSlices(memo: Memo, view: () => View): World['slices'] {
  const slicesOf = group(memo, () => view().slices)
  return memo.query<readonly EndpointSlice[]>(
    key =>
      slicesOf(key)
        .toSorted(byKey)
        .map(([, slice]) => slice),
    sameList,
  )
}

function createKeys(memo: Memo, view: () => View): ReadonlyMap<ResourceKind, Query<readonly string[]>> {
  const keysOf = (field: keyof Snapshot) =>
    memo.input<readonly string[]>(
      () => [...view().snapshot[field].keys()],
      () => view().snapshot[field],
      sameList,
    )
  return new Map(RESOURCE_FIELDS.map(field => [KINDS[field].kind, keysOf(field)]))
}

/** The key is `[namespace, selector, Service]` as JSON; namespace is null where the selector reaches all. */
function createSelected(memo: Memo, pods: () => Index<Pod>, slices: World['slices']): Query<readonly string[]> {
  const candidatesOf = createCandidatesOf(memo, pods)
  return memo.query<readonly string[]>(text => {
    const [namespace, selector, behind]: [string | null, Selector, string | null] = JSON.parse(text)
    const backends = behind === null ? undefined : new Set(slices(behind).flatMap(podsOfSlice))
    const matches = compileSelector(selector, new Findings())
    return candidatesOf(selector)
      .filter(
        ([key, pod]) =>
          (backends?.has(key) ?? true) &&
          (namespace ?? pod.metadata.namespace) === pod.metadata.namespace &&
          matches?.(pod),
      )
      .map(([key]) => key)
      .sort()
  }, sameList)
}

/** Pods among which all are that the selector can select. */
function createCandidatesOf(memo: Memo, pods: () => Index<Pod>): (selector: Selector) => readonly Entry<Pod>[] {
  const labelled = group(memo, pods)
  const all = memo.input(
    () => pods().items,
    () => pods().items,
  )
  return ({ matchLabels = {} }) => {
    const groups = Object.entries(matchLabels).map(([label, value]) => labelled(`${label}=${value}`))
    if (groups.length === 0) return [...all('')]
    return groups.reduce((least, group) => (group.length < least.length ? group : least))
  }
}

/** The keys of the pods that a slice points at. */
function podsOfSlice(slice: EndpointSlice): readonly string[] {
  return slice.endpoints.map(endpoint => podOfEndpoint(slice, endpoint)).filter(key => key !== undefined)
}

/** The key of the pod that is behind an endpoint, where one is named. */
export function podOfEndpoint({ metadata }: EndpointSlice, { targetRef }: SliceEndpoint): string | undefined {
  return targetRef?.kind === 'Pod' ? `${targetRef.namespace ?? metadata.namespace}/${targetRef.name}` : undefined
}

function byKey([a]: Entry<unknown>, [b]: Entry<unknown>): number {
  return a < b ? -1 : 1
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
