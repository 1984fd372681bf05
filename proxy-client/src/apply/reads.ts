/** The reads of a proxy that lists its objects by kind. */
import type { Cluster, Config, Listener, Route, Rule, RuleList, Tree } from '../model.ts'

/** Reads objects of one kind. */
export type Read<T> = {
  list(signal?: AbortSignal): Promise<readonly T[]>
  /** undefined if the proxy has no object of that name. */
  get(name: string, signal?: AbortSignal): Promise<T | undefined>
}

/** The reads of a proxy's client, a pair for each kind. */
export type Reads = {
  readonly clusters: Read<Cluster>
  readonly routes: Read<Route>
  readonly rules: Read<Rule>
  readonly rulelists: Read<RuleList>
  readonly listeners: Read<Listener>
  /** A rulelist with everything that it refers to. */
  readonly trees: Pick<Read<Tree>, 'get'>
}

export async function readAll(reads: Reads, signal?: AbortSignal): Promise<Config> {
  return {
    clusters: byName(await reads.clusters.list(signal)),
    routes: byName(await reads.routes.list(signal)),
    rules: byName(await reads.rules.list(signal)),
    rulelists: byName(await reads.rulelists.list(signal)),
    listeners: byName(await reads.listeners.list(signal)),
  }
}

export function byName<T extends { readonly name: string }>(objects: readonly T[]): ReadonlyMap<string, T> {
  return new Map(objects.map(object => [object.name, object]))
}
