/**
 * What a proxy holds after a plan was run, read from it: the objects that the plan was about, each alone or, where they
 * are many, as the whole list of their kind. All others are as they were last read.
 */
import { type Call, subjects } from './call.ts'
import { copy, type PlacedEndpoint, placedEndpoints } from './configs.ts'
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

/** From so many on, one list is cheaper for the proxy than single reads. */
const MANY = 32

export async function readAll(reads: Reads, signal?: AbortSignal): Promise<Config> {
  return {
    clusters: byName(await reads.clusters.list(signal)),
    routes: byName(await reads.routes.list(signal)),
    rules: byName(await reads.rules.list(signal)),
    rulelists: byName(await reads.rulelists.list(signal)),
    listeners: byName(await reads.listeners.list(signal)),
  }
}

/** `live`: what was last read, before the plan was run. */
export async function readBack(
  live: Config,
  execution: Execution,
  reads: Reads,
  signal?: AbortSignal,
): Promise<Config> {
  const touched = touchedBy(execution, live)
  return {
    clusters: await refresh(live.clusters, touched.cluster, reads.clusters, signal),
    routes: await refresh(live.routes, touched.route, reads.routes, signal),
    rules: await refresh(live.rules, touched.rule, reads.rules, signal),
    rulelists: await refresh(live.rulelists, touched.rulelist, reads.rulelists, signal),
    listeners: await refresh(live.listeners, touched.listener, reads.listeners, signal),
  }
}

async function refresh<T extends { readonly name: string }>(
  live: ReadonlyMap<string, T>,
  touched: ReadonlySet<string>,
  read: Read<T>,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, T>> {
  if (touched.size === 0) return live
  if (touched.size >= MANY) return byName(await read.list(signal))
  const fresh = copy(live)
  for (const name of touched) {
    const object = await read.get(name, signal)
    if (object) fresh.set(name, object)
    else fresh.delete(name)
  }
  return fresh
}

type ListedKind = Exclude<Kind, 'endpoint'>
type Touched = { readonly [K in ListedKind]: Set<string> }

/** The objects that were tried, an endpoint counting for its cluster. */
function touchedBy({ outcomes }: Execution, live: Config): Touched {
  const touched: Touched = {
    cluster: new Set(),
    route: new Set(),
    rule: new Set(),
    rulelist: new Set(),
    listener: new Set(),
  }
  const listedAs = createListedAs(live)
  for (const { step, state } of outcomes)
    if (state !== 'skipped') for (const { kind, name } of listedAs(step.call)) touched[kind].add(name)
  return touched
}

type Listed = { readonly kind: ListedKind; readonly name: string }

/** The objects in whose lists one finds what a call is about. */
function createListedAs(live: Config): (call: Call) => readonly Listed[] {
  const clusterOf = createClusterOf(live)
  return call =>
    subjects(call).flatMap(({ kind, name }): readonly Listed[] => {
      if (kind !== 'endpoint') return [{ kind, name }]
      const cluster = clusterOf(name, call)
      return cluster === undefined ? [] : [{ kind: 'cluster', name: cluster }]
    })
}

/** Looks into all clusters only if it has to, and then once. */
function createClusterOf({ clusters }: Config): (endpoint: string, call: Call) => string | undefined {
  let placed: ReadonlyMap<string, PlacedEndpoint> | undefined
  return (endpoint, call) => {
    if (call.op === 'create' && call.kind === 'endpoint') return call.cluster
    placed ??= placedEndpoints(clusters.values())
    return placed.get(endpoint)?.cluster
  }
}

function byName<T extends { readonly name: string }>(objects: readonly T[]): ReadonlyMap<string, T> {
  return new Map(objects.map(object => [object.name, object]))
}
