/**
 * Removes rejected objects from a desired config, together with the objects that depend on them, so that they do not block
 * any others. Pure.
 */

import { type Config, EMPTY_CONFIG, type Rule, type RuleList } from '../model.ts'
import { clustersOf, type ObjectKey } from './configs.ts'

/**
 * `refused`: the keys of the objects to omit. A rule whose route is omitted is kept without a route: a session that it
 * matches then ends, and does not fall through to a later rule. If `live` is given, such a rule is omitted from lists that
 * exist in `live`, which still contain the rule that it would replace.
 */
export function prune(desired: Config, refused: ReadonlySet<ObjectKey>, live: Config = EMPTY_CONFIG): Config {
  if (refused.size === 0) return desired
  const clusters = keep(desired.clusters, ({ name }) => !refused.has(`cluster ${name}`))
  const routes = keep(
    desired.routes,
    route =>
      !refused.has(`route ${route.name}`) && clustersOf(route).every(name => stands(name, clusters, desired.clusters)),
  )
  const kept = keep(desired.rules, ({ name }) => !refused.has(`rule ${name}`))
  const rules = new Map(
    [...kept.values()].map(rule => withoutRoute(rule, desired, routes)).map(rule => [rule.name, rule]),
  )
  const rulelists = keep(desired.rulelists, ({ name }) => !refused.has(`rulelist ${name}`))
  return {
    clusters: new Map([...clusters].map(([name, cluster]) => [name, withoutEndpoints(cluster, refused)])),
    routes,
    rules,
    rulelists: new Map(
      [...rulelists].map(([name, list]) => [name, withoutLost(list, rules, live.rulelists.has(name))]),
    ),
    listeners: keep(
      desired.listeners,
      ({ name, rules: list }) => !refused.has(`listener ${name}`) && stands(list, rulelists, desired.rulelists),
    ),
  }
}

/** The name of a rule in the config after its route has been omitted. */
function ending(name: string): string {
  return `${name}/ends`
}

function withoutRoute(rule: Rule, desired: Config, routes: Config['routes']): Rule {
  const { route } = rule.action
  if (route === undefined || stands(route, routes, desired.routes)) return rule
  return { ...rule, name: ending(rule.name), action: {} }
}

function withoutLost(list: RuleList, rules: Config['rules'], held: boolean): RuleList {
  if (list.rules.every(name => rules.has(name))) return list
  const candidates = (name: string) => (held ? [name] : [name, ending(name)])
  return { ...list, rules: list.rules.flatMap(candidates).filter(name => rules.has(name)) }
}

function withoutEndpoints<T extends { readonly endpoints: readonly { readonly name: string }[] }>(
  cluster: T,
  refused: ReadonlySet<ObjectKey>,
): T {
  const endpoints = cluster.endpoints.filter(({ name }) => !refused.has(`endpoint ${name}`))
  return endpoints.length === cluster.endpoints.length ? cluster : { ...cluster, endpoints }
}

/** True if the object was kept, or was never part of the desired config. */
function stands<T>(name: string, kept: ReadonlyMap<string, T>, desired: ReadonlyMap<string, T>): boolean {
  return kept.has(name) || !desired.has(name)
}

function keep<T>(map: ReadonlyMap<string, T>, wanted: (value: T) => boolean): ReadonlyMap<string, T> {
  return new Map([...map].filter(([, value]) => wanted(value)))
}
