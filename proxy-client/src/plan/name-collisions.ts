/**
 * Resolves name collisions between a desired config and a proxy. If the proxy has a different object with the name of a
 * desired one (incomplete, or changed by others), that object cannot be updated, and deleting it first would fail sessions
 * that use it. The desired object is therefore created under an alternative name, `NAME~1`, references to it are adjusted,
 * and the wrong object is deleted like all unreferenced ones. An existing alternative is kept.
 */

import type { Cluster, Config, Endpoint, Route, Rule, RuleList } from '../model.ts'
import { replacementName } from '../names.ts'
import type { Compare } from './compare.ts'
import type { PlacedEndpoint } from './configs.ts'
import { keepListeners } from './keep.ts'

/** The desired config with names that do not collide with `live`. Returns the same value if there are no collisions. */
export function resolveNameCollisions(wanted: Config, live: Config, compare: Compare): Config {
  const desired = keepListeners(wanted, live, compare)
  if (isFree(desired, live, compare)) return desired
  const { same } = compare
  const placed = compare.endpoints(live.clusters)
  const clusters = renamed(desired.clusters, live.clusters, (a, b) => isSameButEndpoints(a, b, same))
  const routes = renamed(
    mapValues(desired.routes, route => withClusters(route, clusters.names)),
    live.routes,
    same,
  )
  const rules = renamed(
    mapValues(desired.rules, rule => withRoute(rule, routes.names)),
    live.rules,
    same,
  )
  return {
    clusters: mapValues(clusters.objects, cluster => withEndpoints(cluster, placed, same)),
    routes: routes.objects,
    rules: rules.objects,
    rulelists: mapValues(desired.rulelists, list => withRules(list, rules.names)),
    listeners: renamed(desired.listeners, live.listeners, same).objects,
  }
}

/** True if each object either equals the live one, or has neither a live object nor a live alternative. */
function isFree(desired: Config, live: Config, compare: Compare): boolean {
  const isFreeOf = <T extends { readonly name: string }>(kind: (config: Config) => ReadonlyMap<string, T>) => {
    const { missing, unequal } = compare.match(kind(live), kind(desired))
    return unequal.length === 0 && haveNoReplacement(missing, kind(live))
  }
  return (
    areClustersFree(desired, live, compare) &&
    isFreeOf(({ routes }) => routes) &&
    isFreeOf(({ rules }) => rules) &&
    isFreeOf(({ listeners }) => listeners)
  )
}

function haveNoReplacement(missing: readonly { readonly name: string }[], live: ReadonlyMap<string, unknown>): boolean {
  return missing.every(({ name }) => !live.has(replacementName(name, 1)))
}

/** Compares clusters without endpoints, which are edited in place. */
function areClustersFree(desired: Config, live: Config, { match, same, endpoints }: Compare): boolean {
  const { missing, unequal } = match(live.clusters, desired.clusters)
  if (missing.length + unequal.length === 0) return true
  const changed = [...missing, ...unequal.map(pair => pair.desired)]
  return (
    haveNoReplacement(missing, live.clusters) &&
    unequal.every(pair => isSameButEndpoints(pair.live, pair.desired, same)) &&
    endpointsFree(changed, endpoints(live.clusters), same)
  )
}

function endpointsFree(clusters: readonly Cluster[], placed: ReadonlyMap<string, PlacedEndpoint>, same: Same): boolean {
  for (const cluster of clusters)
    for (const endpoint of cluster.endpoints) {
      const held = placed.get(endpoint.name)
      if (held ? !isAt(held, cluster, endpoint, same) : placed.has(replacementName(endpoint.name, 1))) return false
    }
  return true
}

function isAt(held: PlacedEndpoint, cluster: Cluster, endpoint: Endpoint, same: Same): boolean {
  return held.cluster === cluster.name && same(held.endpoint, endpoint)
}

type Same = Compare['same']

type Renamed<T> = { readonly objects: ReadonlyMap<string, T>; readonly names: ReadonlyMap<string, string> }

function renamed<T extends { readonly name: string }>(
  desired: ReadonlyMap<string, T>,
  live: ReadonlyMap<string, T>,
  same: (a: T, b: T) => boolean,
): Renamed<T> {
  const objects = new Map<string, T>()
  const names = new Map<string, string>()
  for (const [wanted, object] of desired) {
    const name = firstFit(wanted, candidate => {
      const held = live.get(candidate)
      if (!held) return 'free'
      return same(held, candidate === object.name ? object : { ...object, name: candidate }) ? 'fits' : 'taken'
    })
    names.set(wanted, name)
    objects.set(name, name === object.name ? object : { ...object, name })
  }
  return { objects, names }
}

/** The first name with an equal live object, or else the first free name. */
function firstFit(name: string, look: (candidate: string) => 'fits' | 'free' | 'taken'): string {
  let free: string | undefined
  for (let n = 0; ; n++) {
    const candidate = replacementName(name, n)
    const found = look(candidate)
    if (found === 'fits') return candidate
    if (found === 'free') free ??= candidate
    // There are no alternatives after the first missing one.
    if (found === 'free' && n > 0) return free ?? candidate
  }
}

function withClusters(route: Route, names: ReadonlyMap<string, string>): Route {
  const rename = (name: string) => names.get(name) ?? name
  const destination = rename(route.destination)
  const ingress = route.ingress.map(rename)
  const egress = route.egress.map(rename)
  const kept = [destination, ...ingress, ...egress].every(
    (name, i) => name === [route.destination, ...route.ingress, ...route.egress][i],
  )
  return kept ? route : { ...route, destination, ingress, egress }
}

function withRoute(rule: Rule, names: ReadonlyMap<string, string>): Rule {
  const { route } = rule.action
  const name = route === undefined ? undefined : names.get(route)
  if (name === undefined || name === route) return rule
  return { ...rule, action: { ...rule.action, route: name } }
}

function withRules(list: RuleList, names: ReadonlyMap<string, string>): RuleList {
  const rules = list.rules.map(name => names.get(name) ?? name)
  return rules.every((name, i) => name === list.rules[i]) ? list : { ...list, rules }
}

function withEndpoints(cluster: Cluster, placed: ReadonlyMap<string, PlacedEndpoint>, same: Same): Cluster {
  const endpoints = cluster.endpoints.map(endpoint => {
    const name = firstFit(endpoint.name, candidate => {
      const held = placed.get(candidate)
      if (!held) return 'free'
      return isAt(held, cluster, { ...endpoint, name: candidate }, same) ? 'fits' : 'taken'
    })
    return name === endpoint.name ? endpoint : { ...endpoint, name }
  })
  return endpoints.every((endpoint, i) => endpoint === cluster.endpoints[i]) ? cluster : { ...cluster, endpoints }
}

function isSameButEndpoints(a: Cluster, b: Cluster, same: Same): boolean {
  return same(a.spec, b.spec) && same(a.loadbalancer, b.loadbalancer)
}

function mapValues<T extends { readonly name: string }>(
  map: ReadonlyMap<string, T>,
  make: (value: T) => T,
): ReadonlyMap<string, T> {
  return new Map([...map].map(([name, value]) => [name, make(value)]))
}
