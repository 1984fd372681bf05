/**
 * How what a proxy holds stands to what it should hold, kind by kind. What was compared once is remembered by identity:
 * objects that do not change, and kinds of which none did, take no time again. One serves a whole fleet: proxies that
 * hold the same hold the same maps, and what is found out for one of them holds for all. Pure; what it remembers never
 * shows but in the time it takes.
 */
import { isDeepStrictEqual } from 'node:util'
import { copy, type PlacedEndpoint, placedEndpoints } from './configs.ts'
import type { Cluster } from './model.ts'

type ByName<T> = ReadonlyMap<string, T>

export type Compare = {
  /** Whether two objects in normal form say the same. */
  same(a: object, b: object): boolean
  /** Both by name. */
  match<T extends object>(live: ByName<T>, desired: ByName<T>): Match<T>
  /** What a proxy holds that has all of `desired` and `others` beside it: as far as they are equal, the same map. */
  whole<T extends { readonly name: string }>(desired: ByName<T>, others: readonly T[]): ByName<T>
  /** All endpoints by name. */
  endpoints(clusters: ByName<Cluster>): ByName<PlacedEndpoint>
}

/** The objects of one kind. */
export type Match<T> = {
  /** Desired, and nothing of the name is there. */
  readonly missing: readonly T[]
  /** There, and nothing of the name is desired. Those of others are among them. */
  readonly surplus: readonly T[]
  /** There, and not as desired. */
  readonly unequal: readonly Pair<T>[]
  /** There as desired, as an object of its own. */
  readonly copies: readonly Pair<T>[]
}
export type Pair<T> = { readonly live: T; readonly desired: T }

export function createCompare(): Compare {
  const equal = new WeakMap<object, object>()
  const same = (a: object, b: object) => {
    if (a === b || equal.get(a) === b) return true
    if (!isDeepStrictEqual(a, b)) return false
    equal.set(a, b)
    return true
  }
  const matches = new WeakMap<object, WeakMap<object, Match<object>>>()
  const remember = <T extends object>(live: ByName<T>, desired: ByName<T>, match: Match<T>): Match<T> => {
    const known = matches.get(live) ?? new WeakMap<object, Match<object>>()
    matches.set(live, known.set(desired, match))
    return match
  }
  return {
    same,
    match<T extends object>(live: ByName<T>, desired: ByName<T>): Match<T> {
      // What is known of these two maps was made from them, and they hold nothing but T.
      const known = matches.get(live)?.get(desired) as Match<T> | undefined
      return known ?? remember(live, desired, matchOf(live, desired, same))
    },
    whole: createWhole(same, remember),
    endpoints: createEndpoints(),
  }
}

type Remember = <T extends object>(live: ByName<T>, desired: ByName<T>, match: Match<T>) => unknown

function createWhole(same: Compare['same'], remember: Remember): Compare['whole'] {
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

/** What was made of one desired map. What a proxy is told by is different on each, so one is not enough. */
type Wholes = {
  readonly last: { readonly others: readonly object[]; readonly whole: ByName<object> }
  readonly byOthers: WeakMap<object, ByName<object>>
}
const NOTHING = { others: [], whole: new Map<string, object>() }

/** From one map to the next few clusters change, and to look into all of them would cost more than all else. */
function createEndpoints(): Compare['endpoints'] {
  let last: { readonly clusters: ByName<Cluster>; readonly endpoints: ByName<PlacedEndpoint> } | undefined
  return clusters => {
    if (last?.clusters === clusters) return last.endpoints
    const endpoints = last
      ? movedEndpoints(last.endpoints, last.clusters, clusters)
      : placedEndpoints(clusters.values())
    last = { clusters, endpoints }
    return endpoints
  }
}

function movedEndpoints(
  endpoints: ByName<PlacedEndpoint>,
  before: ByName<Cluster>,
  now: ByName<Cluster>,
): ByName<PlacedEndpoint> {
  const [gone, come] = [differing(before, now), differing(now, before)]
  if (gone.length + come.length === 0) return endpoints
  const moved = copy(endpoints)
  // Names may move from one cluster to another, so all go before any comes.
  for (const name of placedEndpoints(gone).keys()) moved.delete(name)
  for (const [name, placed] of placedEndpoints(come)) moved.set(name, placed)
  return moved
}

/** Those that the others have not, or have another of. */
function differing(clusters: ByName<Cluster>, others: ByName<Cluster>): readonly Cluster[] {
  const found: Cluster[] = []
  for (const [name, cluster] of clusters) if (others.get(name) !== cluster) found.push(cluster)
  return found
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
