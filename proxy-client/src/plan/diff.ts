/**
 * The difference between the live and the desired config, as data. Because names contain a hash of the content, this is
 * mainly the difference of two sets of names; only rulelists and the endpoints of a cluster are changed in place. Objects of
 * others are omitted: they are never changed.
 */

import type { Cluster, Config, Endpoint, Listener, Route, Rule, RuleList } from '../model.ts'
import { isOurs } from '../names.ts'
import type { Compare, Match } from './compare.ts'
import { endsItsSessions, portOfSocket, socketOf } from './configs.ts'
import { resolveNameCollisions } from './name-collisions.ts'

export type Diff = {
  readonly create: {
    readonly clusters: readonly Cluster[]
    readonly routes: readonly Route[]
    readonly rules: readonly Rule[]
    readonly rulelists: readonly RuleList[]
    /** New listeners whose socket no surplus listener uses. */
    readonly listeners: readonly Listener[]
  }
  /** New listeners whose socket is used by a surplus listener. */
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
/** A cluster that is kept, with its new and surplus endpoints. */
export type EndpointEdit = {
  readonly cluster: string
  readonly add: readonly Endpoint[]
  readonly remove: readonly Endpoint[]
}
/** A rulelist that is kept, with another sequence of rules. */
export type RuleListEdit = { readonly name: string; readonly from: readonly string[]; readonly to: readonly string[] }

/** A difference with its result: the desired config, with the names that it has on this proxy. */
export type Difference = { readonly diff: Diff; readonly target: Config }

/** `live` and `desired` are in normal form. Empty if the proxy is in sync. */
export function difference(live: Config, desired: Config, compare: Compare): Difference {
  const target = resolveNameCollisions(desired, live, compare)
  return { target, diff: diff(live, target, compare) }
}

function diff(live: Config, target: Config, compare: Compare): Diff {
  const clusters = compare.match(live.clusters, target.clusters)
  const routes = compare.match(live.routes, target.routes)
  const rules = compare.match(live.rules, target.rules)
  const rulelists = compare.match(live.rulelists, target.rulelists)
  const listeners = compare.match(live.listeners, target.listeners)
  const gone = ours(listeners)
  const replace = replacements(listeners.missing, gone)
  const paired = new Set(replace.flatMap(({ old, listener }) => [old, listener]))
  return {
    create: {
      clusters: clusters.missing,
      routes: routes.missing,
      rules: rules.missing,
      rulelists: rulelists.missing,
      listeners: listeners.missing.filter(listener => !paired.has(listener)),
    },
    replace,
    endpoints: endpointEdits(clusters),
    rulelists: ruleListEdits(rulelists),
    delete: {
      listeners: gone.filter(listener => !paired.has(listener)),
      rulelists: ours(rulelists),
      rules: ours(rules),
      routes: ours(routes),
      clusters: ours(clusters),
    },
  }
}

export function isEmpty({ create, replace, endpoints, rulelists, delete: gone }: Diff): boolean {
  const lists = [...Object.values(create), replace, endpoints, rulelists, ...Object.values(gone)]
  return lists.every(list => list.length === 0)
}

function ours<T extends { readonly name: string }>({ surplus }: Match<T>): readonly T[] {
  return surplus.filter(object => isOurs(object.name))
}

/** Of several surplus listeners, the one with an equal socket is replaced, or else the one with the same rules and port. */
function replacements(created: readonly Listener[], deleted: readonly Listener[]): readonly Replacement[] {
  const going = Map.groupBy(deleted, ({ spec }) => portOfSocket(socketOf(spec)))
  const replaced = new Set<Listener>()
  return created.flatMap(listener => {
    const socket = socketOf(listener.spec)
    const held = (going.get(portOfSocket(socket)) ?? []).filter(one => !replaced.has(one))
    const old = held.find(({ spec }) => socketOf(spec) === socket) ?? held.find(({ rules }) => rules === listener.rules)
    if (old === undefined) return []
    replaced.add(old)
    return [{ old, listener, endsSessions: endsItsSessions(old.spec) }]
  })
}

function endpointEdits({ unequal }: Match<Cluster>): readonly EndpointEdit[] {
  return unequal
    .map(({ live, desired }) => ({
      cluster: desired.name,
      add: without(desired.endpoints, live.endpoints),
      remove: without(live.endpoints, desired.endpoints),
    }))
    .filter(({ add, remove }) => add.length + remove.length > 0)
}

function without(endpoints: readonly Endpoint[], others: readonly Endpoint[]): readonly Endpoint[] {
  const names = new Set(others.map(endpoint => endpoint.name))
  return endpoints.filter(endpoint => !names.has(endpoint.name))
}

function ruleListEdits({ unequal }: Match<RuleList>): readonly RuleListEdit[] {
  return unequal.map(({ live, desired }) => ({ name: desired.name, from: live.rules, to: desired.rules }))
}
