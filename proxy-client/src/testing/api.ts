/** The operations of the fake REST API: the effect of each request on the store, and its response. */
import type { Json } from '../model.ts'
import type { StoredCluster } from './clusters.ts'
import type { Store, StoredEndpoint, StoredListener, StoredRoute, StoredRule, StoredRuleList } from './store.ts'
import { allFound, type Body, isBody, refuse } from './stored.ts'

/** The state that operations use. */
export type Api = {
  readonly store: Store
  /** By name, as `GET /sessions` shows them. */
  readonly sessions: Map<string, Json>
  readonly admin: Json
  /** Binds the socket of a new listener. Returns an error message if the proxy deletes the listener again. */
  bind(listener: StoredListener): string | undefined
  unbind(name: string): void
  deletedSession(name: string): void
}

type Operation = {
  readonly api: Api
  /** The values of `:name` and `:position` in the path. */
  readonly name: string
  readonly position: string
  readonly recursive: boolean
  readonly body: Body
}

/** Returns the result of a read, and nothing for a write. Throws a Refusal. */
type Handler = (operation: Operation) => unknown

const OPERATIONS: { readonly [line: string]: Handler } = {
  'GET config': ({ api }) => dumpAll(api),
  'GET admin': ({ api }) => api.admin,
  'GET listeners': ({ api }) => [...api.store.listeners.values()].map(dumpListener),
  'GET listeners/:name': ({ api, name }) => dumpListener(found(api.store.listeners, name)),
  'POST listeners': ({ api, body }) => addListener(api, body.listener),
  'DELETE listeners/:name': ({ api, name, recursive }) => {
    api.store.deleteListener(name, recursive)
    api.unbind(name)
  },
  'GET clusters': ({ api, recursive }) => [...api.store.clusters.values()].map(c => dumpCluster(api, c, recursive)),
  'GET clusters/:name': ({ api, name, recursive }) => dumpCluster(api, found(api.store.clusters, name), recursive),
  'POST clusters': ({ api, body }) => api.store.addCluster(body.cluster),
  'DELETE clusters/:name': ({ api, name }) => api.store.deleteCluster(name),
  'GET clusters/:name/endpoints': ({ api, name }) =>
    dumpEndpoints(api, api.store.clusters.get(name) ?? refuse(`No such cluster: ${name}`)),
  'POST clusters/:name/endpoints': ({ api, name, body }) => api.store.addEndpoint(name, body.endpoint),
  // This call is broken in the real proxy.
  'GET endpoints/:name': ({ api, name }) => found(api.store.endpoints, name) && refuse('c is not defined'),
  'DELETE endpoints/:name': ({ api, name }) => api.store.deleteEndpoint(name),
  'GET rulelists': ({ api }) => [...api.store.rulelists.values()].map(dumpRuleList),
  'GET rulelists/:name': ({ api, name, recursive }) => {
    const list = found(api.store.rulelists, name)
    return recursive ? dumpTree(api, list) : dumpRuleList(list)
  },
  'POST rulelists': ({ api, body }) => api.store.addRuleList(body.rulelist),
  'DELETE rulelists/:name': ({ api, name, recursive }) => api.store.deleteRuleList(name, recursive),
  'GET rulelists/:name/rules/:position': ({ api, name, position }) => ruleAt(api.store, name, position),
  'POST rulelists/:name/rules/:position': ({ api, name, position, body }) => {
    const list = api.store.rulelists.get(name) ?? refuse('Bad Request')
    api.store.insertRule(list, position, body.rule)
  },
  'DELETE rulelists/:name/rules/:position': removeRule,
  'GET rules': ({ api }) => [...api.store.rules.values()].map(dumpRule),
  'GET rules/:name': ({ api, name }) => dumpRule(found(api.store.rules, name)),
  'POST rules': ({ api, body }) => api.store.addRule(body.rule),
  'DELETE rules/:name': ({ api, name, recursive }) => api.store.deleteRule(name, recursive),
  'GET routes': ({ api }) => [...api.store.routes.values()].map(dumpRoute),
  'GET routes/:name': ({ api, name }) => dumpRoute(found(api.store.routes, name)),
  'POST routes': ({ api, body }) => api.store.addRoute(body.route),
  'DELETE routes/:name': ({ api, name, recursive }) => api.store.deleteRoute(name, recursive),
  'GET sessions': ({ api }) => [...api.sessions.values()],
  'GET sessions/:name': ({ api, name }) => api.sessions.get(name) ?? refuse('No such session'),
  'DELETE sessions/:name': ({ api, name }) =>
    api.sessions.delete(name) ? api.deletedSession(name) : refuse('No such session'),
}

/** The handler of a request, or undefined if the API has none. Throws a URIError for a malformed escape. */
export function operationOf(method: string, target: string): ((api: Api, body: Body) => unknown) | undefined {
  const [path = '', query = ''] = target.split('?', 2)
  if (!path.startsWith('/api/v1/')) return undefined
  const [folder, name, rest, position] = path.slice('/api/v1/'.length).split('/')
  const line = [folder, name && ':name', rest, position && ':position'].filter(part => part !== undefined).join('/')
  const handler = Object.hasOwn(OPERATIONS, `${method} ${line}`) ? OPERATIONS[`${method} ${line}`] : undefined
  if (!handler) return undefined
  const named = { name: decodeURIComponent(name ?? ''), position: decodeURIComponent(position ?? '') }
  const recursive = new URLSearchParams(query).get('recursive') === 'true'
  return (api, body) => handler({ api, ...named, recursive, body })
}

function addListener(api: Api, body: Json | undefined): void {
  const listener = api.store.addListener(body)
  const trouble = api.bind(listener)
  if (trouble === undefined) return
  api.store.deleteListener(listener.name, true)
  refuse(trouble)
}

function ruleAt(store: Store, name: string, position: string): Body {
  const list = store.rulelists.get(name) ?? refuse(`No such rule list: ${name}`)
  const at = Number(position)
  if (at < 0 || at >= list.rules.length) refuse(`No rule at position ${position} in RuleList "${name}"`)
  return dumpRule(found(store.rules, list.rules[at] ?? ''))
}

function removeRule({ api, name, position, recursive }: Operation): void {
  const list = api.store.rulelists.get(name) ?? refuse(`No such rule list: ${name}`)
  api.store.removeRule(list, removedPosition(list.rules, name, position), recursive)
}

/** Everything that starts like a number is interpreted as a position. */
function removedPosition(rules: readonly string[], list: string, position: string): string {
  if (!Number.isNaN(Number.parseInt(position, 10))) return position
  const at = rules.indexOf(position)
  return at < 0 ? refuse(`No rule ${position} on rulelist ${list}`) : `${at}`
}

function found<T>(objects: ReadonlyMap<string, T>, name: string): T {
  return objects.get(name) ?? refuse('Not Found')
}

function dumpAll(api: Api): Body {
  const { listeners, clusters, rulelists, rules, routes, endpoints } = api.store
  const dump = {
    admin: api.admin,
    listeners: [...listeners.values()].map(dumpListener),
    clusters: [...clusters.values()].map(c => dumpCluster(api, c, false)),
    rulelists: [...rulelists.values()].map(dumpRuleList),
    rules: [...rules.values()].map(dumpRule),
    routes: [...routes.values()].map(dumpRoute),
    endpoints: [...endpoints.values()].map(dumpEndpoint),
    sessions: [...api.sessions.values()],
  }
  // It is serialized as JSON, which omits undefined fields.
  return dump as Body
}

function dumpListener({ name, spec, rules, options }: StoredListener): Body {
  return { name, spec: spec as Json, rules, options }
}

function dumpCluster(api: Api, cluster: StoredCluster, recursive: boolean): Body {
  const { name, spec, loadbalancer, endpoints } = cluster
  const shown = recursive ? dumpEndpoints(api, cluster, true) : endpoints.length
  return { name, spec: spec as Json, endpoints: shown as Json, loadbalancer }
}

function dumpEndpoints(
  api: Api,
  { name, virtual, endpoints }: StoredCluster,
  withPlaceholder = false,
): readonly Body[] {
  if (virtual && withPlaceholder) return [{ name, spec: { address: '<VIRTUAL>' } }]
  return allFound(endpoints, api.store.endpoints).map(dumpEndpoint)
}

function dumpEndpoint({ name, spec, weight }: StoredEndpoint): Body {
  return { name, spec: spec as Json, weight }
}

function dumpRuleList({ name, rules }: StoredRuleList): Body {
  return { name, rules }
}

/** With objects in the place of their names. */
function dumpTree(api: Api, { name, rules }: StoredRuleList): Body {
  const { clusters, routes, rules: stored } = api.store
  const at = <T>(objects: ReadonlyMap<string, T>, named: string, dump: (object: T) => Body): Json => {
    const object = objects.get(named)
    // It is serialized as JSON, which omits undefined fields.
    return object ? (dump(object) as Json) : `${named}:<STALE>`
  }
  const clusterAt = (named: string) => at(clusters, named, cluster => dumpCluster(api, cluster, true))
  const routeAt = (named: string) =>
    at(routes, named, route => ({
      ...dumpRoute(route),
      destination: clusterAt(route.destination),
      ingress: route.ingress.map(clusterAt),
      egress: route.egress.map(clusterAt),
    }))
  const ruleAt = (named: string) =>
    at(stored, named, rule => {
      const dumped = dumpRule(rule)
      const { route } = rule.action
      return route ? { ...dumped, action: { ...(dumped.action as Body), route: routeAt(String(route)) } } : dumped
    })
  return { name, rules: rules.map(ruleAt) }
}

function dumpRule({ name, match, action }: StoredRule): Body {
  const { rewrite, apply, route } = action
  const shown = { ...(rewrite && { rewrite }), ...(apply && { apply }), ...(route && { route }) }
  return { name, match: isBody(match) || Array.isArray(match) ? match : { match: '*' }, action: shown }
}

function dumpRoute({ name, destination, ingress, egress, retry }: StoredRoute): Body {
  return { name, destination, ingress, egress, retry }
}
