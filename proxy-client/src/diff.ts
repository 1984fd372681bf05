/**
 * What is different between what a proxy holds and what it should hold, as data. Since names carry content, this is
 * little more than the difference of two sets of names; only rulelists and the endpoints of a cluster are changed in
 * place. Objects of others are left out: they are never touched.
 */
import type { Compare } from './compare.ts'
import { endsItsSessions, socketOf } from './configs.ts'
import type { Cluster, Config, Endpoint, Listener, Route, Rule, RuleList } from './model.ts'
import { isOurs } from './names.ts'
import { settle } from './settle.ts'

export type Diff = {
  readonly create: {
    readonly clusters: readonly Cluster[]
    readonly routes: readonly Route[]
    readonly rules: readonly Rule[]
    readonly rulelists: readonly RuleList[]
    /** Listeners whose socket nothing of ours holds that has to go. */
    readonly listeners: readonly Listener[]
  }
  /** A listener whose socket is held by one that has to go. */
  readonly replace: readonly Replacement[]
  readonly endpoints: readonly EndpointEdit[]
  readonly rulelists: readonly RuleListEdit[]
  readonly delete: {
    readonly listeners: readonly Listener[]
    readonly rulelists: readonly RuleList[]
    readonly rules: readonly Rule[]
    readonly routes: readonly Route[]
    readonly clusters: readonly Cluster[]
  }
}

export type Replacement = { readonly old: Listener; readonly listener: Listener; readonly endsSessions: boolean }
/** A cluster that stays, with endpoints that come and go. */
export type EndpointEdit = {
  readonly cluster: string
  readonly add: readonly Endpoint[]
  readonly remove: readonly Endpoint[]
}
/** A rulelist that stays, with another sequence. */
export type RuleListEdit = { readonly name: string; readonly from: readonly string[]; readonly to: readonly string[] }

/** A difference together with the config that it leads to: the desired one, under the names that it takes there. */
export type Difference = { readonly diff: Diff; readonly target: Config }

/** `live` and `desired` in normal form. Empty when the proxy holds what it should. */
export function difference(live: Config, desired: Config, same: Compare): Difference {
  const target = settle(desired, live, same)
  return { target, diff: diff(live, target) }
}

function diff(live: Config, target: Config): Diff {
  const created = missing(target.listeners, live.listeners)
  const deleted = ours(missing(live.listeners, target.listeners))
  const replace = replacements(created, deleted)
  const paired = new Set(replace.flatMap(({ old, listener }) => [old, listener]))
  return {
    create: {
      clusters: missing(target.clusters, live.clusters),
      routes: missing(target.routes, live.routes),
      rules: missing(target.rules, live.rules),
      rulelists: missing(target.rulelists, live.rulelists),
      listeners: created.filter(listener => !paired.has(listener)),
    },
    replace,
    endpoints: endpointEdits(live.clusters, target.clusters),
    rulelists: ruleListEdits(live.rulelists, target.rulelists),
    delete: {
      listeners: deleted.filter(listener => !paired.has(listener)),
      rulelists: ours(missing(live.rulelists, target.rulelists)),
      rules: ours(missing(live.rules, target.rules)),
      routes: ours(missing(live.routes, target.routes)),
      clusters: ours(missing(live.clusters, target.clusters)),
    },
  }
}

export function isEmpty({ create, replace, endpoints, rulelists, delete: gone }: Diff): boolean {
  const lists = [...Object.values(create), replace, endpoints, rulelists, ...Object.values(gone)]
  return lists.every(list => list.length === 0)
}

/** The objects of `a` whose names are not in `b`. */
function missing<T>(a: ReadonlyMap<string, T>, b: ReadonlyMap<string, T>): readonly T[] {
  const found: T[] = []
  for (const [name, object] of a) if (!b.has(name)) found.push(object)
  return found
}

function ours<T extends { readonly name: string }>(objects: readonly T[]): readonly T[] {
  return objects.filter(object => isOurs(object.name))
}

function replacements(created: readonly Listener[], deleted: readonly Listener[]): readonly Replacement[] {
  const holders = new Map(deleted.map(listener => [socketOf(listener.spec), listener]))
  return created.flatMap(listener => {
    const old = holders.get(socketOf(listener.spec))
    return old ? [{ old, listener, endsSessions: endsItsSessions(old.spec) }] : []
  })
}

function endpointEdits(live: Config['clusters'], target: Config['clusters']): readonly EndpointEdit[] {
  const edits: EndpointEdit[] = []
  for (const cluster of target.values()) {
    const held = live.get(cluster.name)
    if (!held || held.endpoints === cluster.endpoints) continue
    const add = without(cluster.endpoints, held.endpoints)
    const remove = without(held.endpoints, cluster.endpoints)
    if (add.length + remove.length > 0) edits.push({ cluster: cluster.name, add, remove })
  }
  return edits
}

function without(endpoints: readonly Endpoint[], others: readonly Endpoint[]): readonly Endpoint[] {
  const names = new Set(others.map(endpoint => endpoint.name))
  return endpoints.filter(endpoint => !names.has(endpoint.name))
}

function ruleListEdits(live: Config['rulelists'], target: Config['rulelists']): readonly RuleListEdit[] {
  const edits: RuleListEdit[] = []
  for (const { name, rules } of target.values()) {
    const held = live.get(name)
    if (held && !equalSequences(held.rules, rules)) edits.push({ name, from: held.rules, to: rules })
  }
  return edits
}

function equalSequences(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i])
}
