/**
 * Adds the live objects of resources that cannot be translated to a desired config: their newest version is rejected and no
 * earlier one is known, e.g. after a restart of the operator. The live objects are retained until there is a valid version.
 * Pure.
 */

import type { Config, Listener, RuleList } from '../model.ts'
import { orphanFlag, resourceOfListener } from '../names.ts'
import { clustersOf, overlap, socketOf } from './configs.ts'

/**
 * `resources`: as `resourceOfListener` returns them. Their listeners are retained with everything that they refer to, except
 * those whose socket the desired config uses; an object in both configs is taken from the desired one.
 */
export function retained(desired: Config, live: Config, resources: ReadonlySet<string>): Config {
  if (resources.size === 0) return desired
  const taken = [...desired.listeners.values()].map(({ spec }) => socketOf(spec))
  const isKept = ({ name, spec }: Listener) =>
    resources.has(resourceOfListener(name) ?? '') && !taken.some(socket => overlap(socket, socketOf(spec)))
  const listeners = [...live.listeners.values()].filter(isKept)
  return listeners.length === 0 ? desired : joined(desired, reachedFrom(listeners, live))
}

/** The listeners with everything that their sessions may use. */
function reachedFrom(listeners: readonly Listener[], live: Config): Config {
  const flags = listeners.map(({ name }) => orphanFlag(resourceOfListener(name) ?? ''))
  const rulelists = appliedFrom([...listeners.map(({ rules }) => rules), ...flags], live)
  const rules = picked(
    live.rules,
    [...rulelists.values()].flatMap(list => list.rules),
  )
  const routes = picked(
    live.routes,
    [...rules.values()].map(({ action }) => action.route),
  )
  const clusters = picked(live.clusters, [...routes.values()].flatMap(clustersOf))
  return {
    listeners: new Map(listeners.map(listener => [listener.name, listener])),
    rulelists,
    rules,
    routes,
    clusters,
  }
}

/** The rulelists, and those that their rules apply. */
function appliedFrom(names: readonly string[], { rulelists, rules }: Config): ReadonlyMap<string, RuleList> {
  const all = new Set(names)
  // Iteration over a set includes elements that are added during the iteration.
  for (const name of all)
    for (const rule of rulelists.get(name)?.rules ?? []) {
      const apply = rules.get(rule)?.action.apply
      if (apply !== undefined) all.add(apply)
    }
  return picked(rulelists, [...all])
}

function picked<T>(from: ReadonlyMap<string, T>, names: readonly (string | undefined)[]): ReadonlyMap<string, T> {
  return new Map(
    names.flatMap(name => {
      const object = name === undefined ? undefined : from.get(name)
      return name === undefined || object === undefined ? [] : [[name, object] as const]
    }),
  )
}

function joined(desired: Config, kept: Config): Config {
  return {
    listeners: new Map([...kept.listeners, ...desired.listeners]),
    rulelists: new Map([...kept.rulelists, ...desired.rulelists]),
    rules: new Map([...kept.rules, ...desired.rules]),
    routes: new Map([...kept.routes, ...desired.routes]),
    clusters: new Map([...kept.clusters, ...desired.clusters]),
  }
}
