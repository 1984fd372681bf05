/**
 * A desired config without objects that the proxy does not take, and without what cannot stand without them, so that
 * one bad object holds up nothing else. Pure.
 */
import { clustersOf, type ObjectKey } from './configs.ts'
import type { Config, Rule } from './model.ts'

/**
 * `refused` holds the keys of the objects to leave out. A rule whose route cannot be made stays, without it: a session
 * that it matches then ends there, as it would with the route, and does not fall through to a later rule.
 */
export function prune(desired: Config, refused: ReadonlySet<ObjectKey>): Config {
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
      [...rulelists].map(([name, list]) => [name, { ...list, rules: list.rules.flatMap(present(rules)) }]),
    ),
    listeners: keep(
      desired.listeners,
      ({ name, rules: list }) => !refused.has(`listener ${name}`) && stands(list, rulelists, desired.rulelists),
    ),
  }
}

/** The name under which a rule stands in the config once it has lost its route. */
function ending(name: string): string {
  return `${name}/ends`
}

function withoutRoute(rule: Rule, desired: Config, routes: Config['routes']): Rule {
  const { route } = rule.action
  if (route === undefined || stands(route, routes, desired.routes)) return rule
  return { ...rule, name: ending(rule.name), action: {} }
}

function present(rules: Config['rules']): (name: string) => readonly string[] {
  return name => [name, ending(name)].filter(candidate => rules.has(candidate))
}

function withoutEndpoints<T extends { readonly endpoints: readonly { readonly name: string }[] }>(
  cluster: T,
  refused: ReadonlySet<ObjectKey>,
): T {
  const endpoints = cluster.endpoints.filter(({ name }) => !refused.has(`endpoint ${name}`))
  return endpoints.length === cluster.endpoints.length ? cluster : { ...cluster, endpoints }
}

/** True where the object was kept, or was never part of the desired config. */
function stands<T>(name: string, kept: ReadonlyMap<string, T>, desired: ReadonlyMap<string, T>): boolean {
  return kept.has(name) || !desired.has(name)
}

function keep<T>(map: ReadonlyMap<string, T>, wanted: (value: T) => boolean): ReadonlyMap<string, T> {
  return new Map([...map].filter(([, value]) => wanted(value)))
}
