/**
 * A desired config with what a proxy holds of resources that nobody can translate now: their newest version is refused and
 * no earlier one is known, as to an operator that has just started. What is in force stays until there is a version to
 * put in its place. Pure.
 */

import type { Config, Listener, RuleList } from '../model.ts'
import { orphanFlag, resourceOfListener } from '../names.ts'
import { clustersOf, overlap, socketOf } from './configs.ts'

/**
 * `resources` are those, as `resourceOfListener` gives them. Their listeners stay with all that they lead to, but for those
 * whose socket the desired config has given away; of objects in both, the desired one counts.
 */
export function retained(desired: Config, live: Config, resources: ReadonlySet<string>): Config {
  if (resources.size === 0) return desired
  const taken = [...desired.listeners.values()].map(({ spec }) => socketOf(spec))
  const isKept = ({ name, spec }: Listener) =>
    resources.has(resourceOfListener(name) ?? '') && !taken.some(socket => overlap(socket, socketOf(spec)))
  const listeners = [...live.listeners.values()].filter(isKept)
  return listeners.length === 0 ? desired : joined(desired, reachedFrom(listeners, live))
}

/** The listeners and all that their sessions may need. */
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
  // A set that grows while it is walked is walked to its end.
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
