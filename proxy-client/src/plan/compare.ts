/**
 * Compares live and desired config, cached by object identity: unchanged objects and maps are not compared again. One
 * instance serves a whole fleet: proxies with equal configs share their maps, so a result for one is the result for all.
 * Pure: the cache affects only the time that a comparison takes.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Cluster } from '../model.ts'
import { MARKER } from '../names.ts'
import { copy, type PlacedEndpoint, placedEndpoints } from './configs.ts'
import { ExtendedMap } from './extended-map.ts'

type ByName<T> = ReadonlyMap<string, T>

export type Compare = {
  /** Whether two objects in normal form are equal. */
  same(a: object, b: object): boolean
  /** Compares the objects of one kind by name. */
  match<T extends object>(live: ByName<T>, desired: ByName<T>): Match<T>
  /** The union of `desired` and `others`. Proxies with equal objects share a map, apart from their markers. */
  whole<T extends { readonly name: string }>(desired: ByName<T>, others: readonly T[]): ByName<T>
  /** All endpoints by name. Valid until the next call with a different map. */
  endpoints(clusters: ByName<Cluster>): ByName<PlacedEndpoint>
  /** `derive(from)`, computed once per `derive` and `from`. `derive` must be pure. */
  derived<From extends object, To>(from: From, derive: (from: From) => To): To
}

/** How the live and desired objects of one kind differ. */
export type Match<T> = {
  /** Desired objects without a live object of the same name. */
  readonly missing: readonly T[]
  /** Live objects without a desired object of the same name, including objects of others. */
  readonly surplus: readonly T[]
  /** Live objects that differ from the desired ones. */
  readonly unequal: readonly Pair<T>[]
  /** Live objects that equal the desired ones but are not identical. */
  readonly copies: readonly Pair<T>[]
}
export type Pair<T> = { readonly live: T; readonly desired: T }

export function createCompare(): Compare {
  const equal = new WeakMap<object, object>()
  const same = (a: object, b: object) => {
    if (a === b || equal.get(a) === b) return true
    if (!isDeepStrictEqual(a, b) && !isDeepStrictEqual(uncounted(a), uncounted(b))) return false
    equal.set(a, b)
    return true
  }
  const matches = new WeakMap<object, WeakMap<object, Match<object>>>()
  const remember = <T extends object>(live: ByName<T>, desired: ByName<T>, match: Match<T>): Match<T> => {
    const known = matches.get(live) ?? new WeakMap<object, Match<object>>()
    matches.set(live, known.set(desired, match))
    return match
  }
  const match = <T extends object>(live: ByName<T>, desired: ByName<T>): Match<T> => {
    // A cached match was made from these two maps, whose values are T.
    const known = matches.get(live)?.get(desired) as Match<T> | undefined
    if (known) return known
    if (!(live instanceof ExtendedMap) || desired.has(live.key))
      return remember(live, desired, matchOf(live, desired, same))
    const ofBase = match<T>(live.base, desired)
    return remember(live, desired, { ...ofBase, surplus: [...ofBase.surplus, live.value] })
  }
  return {
    same,
    match,
    whole: createWhole(same, remember),
    endpoints: createEndpoints(),
    derived: createDerived(),
  }
}

/**
 * A Metric cluster without its counter names, which a proxy without the capability `metric-names` drops. Clusters with
 * different counter names have different names, since those include a hash of the content.
 */
function uncounted(object: object): object {
  const { spec } = object as { readonly spec?: { readonly protocol?: unknown } | null }
  return spec?.protocol === 'Metric' ? { ...object, spec: { protocol: 'Metric' } } : object
}

type Remember = <T extends object>(live: ByName<T>, desired: ByName<T>, match: Match<T>) => unknown

function createWhole(same: Compare['same'], remember: Remember): Compare['whole'] {
  const shared = createShared(same, remember)
  const known = new WeakMap<object, { readonly desired: object; readonly map: ByName<object> }>()
  return <T extends { readonly name: string }>(desired: ByName<T>, others: readonly T[]): ByName<T> => {
    const marker = others.find(({ name }) => name === MARKER)
    if (!marker) return shared(desired, others)
    const found = known.get(others)
    // It was made of maps of T.
    if (found?.desired === desired) return found.map as ByName<T>
    const rest = others.filter(other => other !== marker)
    // Each proxy has another marker, and they share all else.
    const map = new ExtendedMap(shared(desired, rest), MARKER, marker)
    known.set(others, { desired, map })
    remember(map, desired, { ...ALIKE, surplus: others })
    return map
  }
}

function createShared(same: Compare['same'], remember: Remember): Compare['whole'] {
  const made = new WeakMap<object, Wholes>()
  return <T extends { readonly name: string }>(desired: ByName<T>, others: readonly T[]): ByName<T> => {
    if (others.length === 0) return desired
    const wholes = made.get(desired) ?? { last: NOTHING, byOthers: new WeakMap<object, ByName<object>>() }
    const { last } = wholes
    const isSame = last.others.length === others.length && others.every((other, i) => same(other, last.others[i] ?? {}))
    // As above: made from maps of T.
    const known = (isSame ? last.whole : wholes.byOthers.get(others)) as ByName<T> | undefined
    if (known) return known
    const whole = copy(desired)
    for (const other of others) whole.set(other.name, other)
    made.set(desired, { last: { others, whole }, byOthers: wholes.byOthers.set(others, whole) })
    remember(whole, desired, { ...ALIKE, surplus: others })
    return whole
  }
}

/** What was made of one desired map. Proxies may hold different objects of others, so one is not enough. */
type Wholes = {
  readonly last: { readonly others: readonly object[]; readonly whole: ByName<object> }
  readonly byOthers: WeakMap<object, ByName<object>>
}
const NOTHING = { others: [], whole: new Map<string, object>() }

function createDerived(): Compare['derived'] {
  const known = new WeakMap<object, WeakMap<object, { readonly value: unknown }>>()
  return <From extends object, To>(from: From, derive: (from: From) => To): To => {
    const results = known.get(derive) ?? new WeakMap<object, { readonly value: unknown }>()
    known.set(derive, results)
    const result = results.get(from) ?? { value: derive(from) }
    results.set(from, result)
    // It was made by this very function.
    return result.value as To
  }
}

/** Updated incrementally: few clusters differ from one map to the next. */
function createEndpoints(): Compare['endpoints'] {
  let last: ByName<Cluster> = new Map()
  const endpoints = new Map<string, PlacedEndpoint>()
  return clusters => {
    const { gone, come } = moves(last, clusters)
    // An endpoint may move to another cluster, so all removals come first.
    for (const name of placedEndpoints(gone).keys()) endpoints.delete(name)
    for (const [name, placed] of placedEndpoints(come)) endpoints.set(name, placed)
    last = clusters
    return endpoints
  }
}

/** The objects that differ between two maps. */
function moves(before: ByName<Cluster>, now: ByName<Cluster>) {
  const gone: Cluster[] = []
  const come: Cluster[] = []
  if (now === before) return { gone, come }
  for (const [name, is] of now) if (before.get(name) !== is) come.push(is)
  // Usually clusters are only replaced, and then none was removed.
  const replaced = come.flatMap(({ name }) => before.get(name) ?? [])
  if (before.size - replaced.length === now.size - come.length) return { gone: replaced, come }
  for (const [name, was] of before) if (now.get(name) !== was) gone.push(was)
  return { gone, come }
}

const ALIKE = { missing: [], surplus: [], unequal: [], copies: [] } as const

function matchOf<T extends object>(live: ByName<T>, desired: ByName<T>, same: Compare['same']): Match<T> {
  if (live === desired) return ALIKE
  const missing: T[] = []
  const unequal: Pair<T>[] = []
  const copies: Pair<T>[] = []
  for (const [name, object] of desired) {
    const held = live.get(name)
    if (held === object) continue
    if (held === undefined) missing.push(object)
    else (same(held, object) ? copies : unequal).push({ live: held, desired: object })
  }
  return { missing, surplus: surplusOf(live, desired), unequal, copies }
}

function surplusOf<T>(live: ByName<T>, desired: ByName<T>): readonly T[] {
  const surplus: T[] = []
  for (const [name, object] of live) if (!desired.has(name)) surplus.push(object)
  return surplus
}
