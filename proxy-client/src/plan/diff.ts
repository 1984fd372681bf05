/**
 * What is different between what a proxy holds and what it should hold, as data. Since names carry content, this is
 * little more than the difference of two sets of names; only rulelists and the endpoints of a cluster are changed in
 * place. Objects of others are left out: they are never touched.
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

/** Of several that have to go, the one with the very socket is replaced, else the one of the same rules on the same port. */
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
