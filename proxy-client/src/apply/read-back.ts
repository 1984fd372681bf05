/**
 * Reads back what a proxy holds after a plan was executed: only the objects that the plan touched, one by one, together
 * with a new rulelist that refers to them or, if they are many, as the whole list of their kind. All others are as last
 * read.
 */

import { type Config, EMPTY_CONFIG, type ObjectKind, type Tree } from '../model.ts'
import { type Call, subjects } from '../plan/call.ts'
import type { Compare } from '../plan/compare.ts'
import { copy, type PlacedEndpoint } from '../plan/configs.ts'
import type { Execution } from './outcome.ts'
import { byName, type Read, type Reads } from './reads.ts'

/** Listing this many objects costs a proxy about as much as reading a single one. */
const LISTED_AT_THE_COST_OF_ONE = 64

/** Fewer objects are never worth a list, which would read all others again. */
const FEW = 4

/** The number of single reads that takes as long as listing the kind. */
const enoughForLists = (live: Objects<unknown>) => Math.max(FEW, live.size / LISTED_AT_THE_COST_OF_ONE)

export type ReadBackInput = {
  /** The config that was read before the plan was executed. */
  readonly live: Config
  readonly execution: Execution
  /** They return objects of `desired` if those are equal. */
  readonly reads: Reads
  readonly desired: Config
  readonly compare: Compare
  readonly signal?: AbortSignal
}

export async function readBack(input: ReadBackInput): Promise<Config> {
  const { live, reads } = input
  const touched = touchedBy(input)
  const inTrees = await readTrees(treesIn(touched, input), input)
  const refresh = refresher(input)
  const { listeners } = EMPTY_CONFIG
  return {
    clusters: await refresh(live.clusters, touched.cluster, reads.clusters, inTrees.clusters, each => each.clusters),
    routes: await refresh(live.routes, touched.route, reads.routes, inTrees.routes, each => each.routes),
    rules: await refresh(live.rules, touched.rule, reads.rules, inTrees.rules, each => each.rules),
    rulelists: await refresh(
      live.rulelists,
      touched.rulelist,
      reads.rulelists,
      inTrees.rulelists,
      each => each.rulelists,
    ),
    listeners: await refresh(live.listeners, touched.listener, reads.listeners, listeners, each => each.listeners),
  }
}

/** The rulelists that are new with all their rules. None if there are many: reading whole lists is then faster. */
function treesIn(touched: Touched, { live, desired }: ReadBackInput): readonly string[] {
  const names = [...touched.rulelist].filter(name => {
    const rules = desired.rulelists.get(name)?.rules ?? []
    return rules.length > 0 && !live.rulelists.has(name) && rules.every(rule => touched.rule.has(rule))
  })
  // A tree takes about twice as long as a single object, and replaces four reads.
  return 2 * names.length < enoughForLists(live.rulelists) ? names : []
}

async function readTrees(
  names: readonly string[],
  { reads, signal }: ReadBackInput,
): Promise<Omit<Config, 'listeners'>> {
  const found: Tree[] = []
  for (const name of names) found.push(...[await reads.trees.get(name, signal)].flatMap(tree => tree ?? []))
  return {
    clusters: byName(found.flatMap(({ clusters }) => clusters)),
    routes: byName(found.flatMap(({ routes }) => routes)),
    rules: byName(found.flatMap(({ rules }) => rules)),
    rulelists: byName(found.map(({ rulelist }) => rulelist)),
  }
}

type Objects<T> = ReadonlyMap<string, T>

function refresher({ desired, compare, signal }: ReadBackInput) {
  return async <T extends { readonly name: string }>(
    live: Objects<T>,
    touched: ReadonlySet<string>,
    read: Read<T>,
    known: Objects<T>,
    of: (config: Config) => Objects<T>,
  ): Promise<Objects<T>> => {
    if (touched.size === 0) return live
    const left = [...touched].filter(name => !known.has(name))
    if (left.length >= enoughForLists(live)) return byName(await read.list(signal))
    const fresh = new Map<string, T | undefined>([...touched].map(name => [name, known.get(name)]))
    for (const name of left) fresh.set(name, await read.get(name, signal))
    return asDesired(live, fresh, of(desired), compare) ?? replaced(live, fresh)
  }
}

/** If everything that differed is now as desired, nothing is copied: the cost is that of the touched objects. */
function asDesired<T extends { readonly name: string }>(
  live: Objects<T>,
  fresh: Objects<T | undefined>,
  desired: Objects<T>,
  { match, whole }: Compare,
): Objects<T> | undefined {
  const { missing, surplus, unequal, copies } = match(live, desired)
  const different = [...missing, ...unequal.map(pair => pair.desired)]
  const isSettled =
    copies.length === 0 &&
    different.every(({ name }) => fresh.has(name)) &&
    fresh.entries().every(([name, object]) => object === desired.get(name))
  if (!isSettled) return undefined
  return whole(
    desired,
    surplus.filter(({ name }) => !fresh.has(name)),
  )
}

function replaced<T>(live: Objects<T>, fresh: Objects<T | undefined>): Objects<T> {
  const all = copy(live)
  for (const [name, object] of fresh)
    if (object === undefined) all.delete(name)
    else all.set(name, object)
  return all
}

type ListedKind = Exclude<ObjectKind, 'endpoint'>
type Touched = { readonly [K in ListedKind]: Set<string> }

/** The objects of the attempted steps; for an endpoint, its cluster. */
function touchedBy({ execution: { outcomes }, live, compare }: ReadBackInput): Touched {
  const touched: Touched = {
    cluster: new Set(),
    route: new Set(),
    rule: new Set(),
    rulelist: new Set(),
    listener: new Set(),
  }
  const listedAs = createListedAs(() => compare.endpoints(live.clusters))
  for (const { step, state } of outcomes)
    if (state !== 'skipped') for (const { kind, name } of listedAs(step.call)) touched[kind].add(name)
  return touched
}

type Listed = { readonly kind: ListedKind; readonly name: string }

/** The objects in whose reads the subjects of a call appear. */
function createListedAs(placed: () => ReadonlyMap<string, PlacedEndpoint>): (call: Call) => readonly Listed[] {
  const clusterOf = (endpoint: string, call: Call) =>
    call.op === 'create' && call.kind === 'endpoint' ? call.cluster : placed().get(endpoint)?.cluster
  return call =>
    subjects(call).flatMap(({ kind, name }): readonly Listed[] => {
      if (kind !== 'endpoint') return [{ kind, name }]
      const cluster = clusterOf(name, call)
      return cluster === undefined ? [] : [{ kind: 'cluster', name: cluster }]
    })
}
