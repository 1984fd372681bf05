/**
 * What a proxy holds after a plan was run, read from it: the objects that the plan was about, each alone or, where they
 * are many, as the whole list of their kind. All others are as they were last read.
 */
import { type Call, subjects } from './call.ts'
import type { Compare } from './compare.ts'
import { copy, type PlacedEndpoint } from './configs.ts'
import type { Execution } from './execute.ts'
import type { Cluster, Config, Kind, Listener, Route, Rule, RuleList } from './model.ts'

export type Read<T> = {
  list(signal?: AbortSignal): Promise<readonly T[]>
  /** undefined where the proxy has none of that name. */
  get(name: string, signal?: AbortSignal): Promise<T | undefined>
}

/** The reads of a proxy's client, a pair for each kind. */
export type Reads = {
  readonly clusters: Read<Cluster>
  readonly routes: Read<Route>
  readonly rules: Read<Rule>
  readonly rulelists: Read<RuleList>
  readonly listeners: Read<Listener>
}

/** A list of so many objects costs a proxy about what one single read does. */
const LISTED_AT_THE_COST_OF_ONE = 64

/** Fewer are never worth a list: what others hold is then not read again for nothing. */
const FEW = 4

export async function readAll(reads: Reads, signal?: AbortSignal): Promise<Config> {
  return {
    clusters: byName(await reads.clusters.list(signal)),
    routes: byName(await reads.routes.list(signal)),
    rules: byName(await reads.rules.list(signal)),
    rulelists: byName(await reads.rulelists.list(signal)),
    listeners: byName(await reads.listeners.list(signal)),
  }
}

export type ReadBackInput = {
  /** What was last read, before the plan was run. */
  readonly live: Config
  readonly execution: Execution
  /** They give objects of `desired` where those say the same. */
  readonly reads: Reads
  readonly desired: Config
  readonly compare: Compare
  readonly signal?: AbortSignal
}

export async function readBack(input: ReadBackInput): Promise<Config> {
  const { live, reads } = input
  const touched = touchedBy(input)
  const refresh = refresher(input)
  return {
    clusters: await refresh(live.clusters, touched.cluster, reads.clusters, ({ clusters }) => clusters),
    routes: await refresh(live.routes, touched.route, reads.routes, ({ routes }) => routes),
    rules: await refresh(live.rules, touched.rule, reads.rules, ({ rules }) => rules),
    rulelists: await refresh(live.rulelists, touched.rulelist, reads.rulelists, ({ rulelists }) => rulelists),
    listeners: await refresh(live.listeners, touched.listener, reads.listeners, ({ listeners }) => listeners),
  }
}

type Objects<T> = ReadonlyMap<string, T>

function refresher({ desired, compare, signal }: ReadBackInput) {
  return async <T extends { readonly name: string }>(
    live: Objects<T>,
    touched: ReadonlySet<string>,
    read: Read<T>,
    of: (config: Config) => Objects<T>,
  ): Promise<Objects<T>> => {
    if (touched.size === 0) return live
    if (touched.size >= Math.max(FEW, live.size / LISTED_AT_THE_COST_OF_ONE)) return byName(await read.list(signal))
    const fresh = new Map<string, T | undefined>()
    for (const name of touched) fresh.set(name, await read.get(name, signal))
    return asDesired(live, fresh, of(desired), compare) ?? replaced(live, fresh)
  }
}

/** Where all that was different is now as desired, there is nothing to copy: the cost is that of what was touched. */
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

type ListedKind = Exclude<Kind, 'endpoint'>
type Touched = { readonly [K in ListedKind]: Set<string> }

/** The objects that were tried, an endpoint counting for its cluster. */
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

/** The objects in whose lists one finds what a call is about. */
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

function byName<T extends { readonly name: string }>(objects: readonly T[]): ReadonlyMap<string, T> {
  return new Map(objects.map(object => [object.name, object]))
}
