/** Converts objects of `model` to request bodies, which contain only fields that the proxy accepts. */
import type { Cluster, Endpoint, Listener, Route, Rule, Tree } from '../model.ts'
import { isVirtual } from './normal-form.ts'

export function cluster({ name, spec, loadbalancer }: Omit<Cluster, 'endpoints'>) {
  return isVirtual(spec) ? { name, spec } : { name, spec, loadbalancer }
}

export function endpoint({ name, spec, weight }: Endpoint) {
  return { name, spec, weight }
}

/** The proxy does not complete a partial retry. */
export function route({ name, destination, ingress, egress, retry }: Route) {
  const { retry_on, num_retries, timeout } = retry
  return { name, destination, ingress, egress, retry: { retry_on, num_retries, timeout } }
}

export function rule({ name, match, action }: Rule) {
  return match === undefined ? { name, action } : { name, match, action }
}

export function listener({ name, spec, rules, options }: Listener) {
  return { name, spec, rules, options: { track: options.track } }
}

/** A tree with objects in the place of their names. */
export function tree({ rulelist, rules, routes, clusters }: Tree) {
  const clusterAt = inPlace(clusters, cluster)
  const routeAt = inPlace(routes, each => ({ ...route(each), destination: clusterAt(each.destination) }))
  const ruleAt = inPlace(rules, each => {
    const { action } = each
    return action.route === undefined
      ? rule(each)
      : { ...rule(each), action: { ...action, route: routeAt(action.route) } }
  })
  return { name: rulelist.name, rules: rulelist.rules.map(ruleAt) }
}

/** Each object is inserted once, at the first reference to it. */
function inPlace<T extends { readonly name: string }>(objects: readonly T[], body: (object: T) => object) {
  const left = new Map(objects.map(object => [object.name, object]))
  return (name: string): string | object => {
    const object = left.get(name)
    left.delete(name)
    return object ? body(object) : name
  }
}
