/**
 * The objects of a fake l7mp 0.5.7 proxy and the effects of calls, as in its sources: names are resolved late, inline
 * objects get generated names and leak, and partial failures are not rolled back. Errors have the proxy's own messages.
 */
import type { Json } from '../model.ts'
import { type StoredCluster, storedCluster } from './clusters.ts'
import { allFound, asBody, type Body, isBody, namedAnew, Refusal, refuse, type Stored, validated } from './stored.ts'

export type StoredListener = Stored & { spec: Body; rules: string; options: Json }
export type StoredRuleList = Stored & { rules: string[] }
export type StoredRule = Stored & { match: Json; action: Body }
export type StoredRoute = Stored & { destination: string; ingress: string[]; egress: string[]; retry: Json }
export type StoredEndpoint = Stored & { spec: Body; weight: Json; cluster: string }

/** The proxy's default for a route without `retry`. */
const RETRY = { retry_on: 'never', num_retries: 1, timeout: 2000 }

export class Store {
  readonly listeners = new Map<string, StoredListener>()
  readonly clusters = new Map<string, StoredCluster>()
  readonly rulelists = new Map<string, StoredRuleList>()
  readonly rules = new Map<string, StoredRule>()
  readonly routes = new Map<string, StoredRoute>()
  readonly endpoints = new Map<string, StoredEndpoint>()
  readonly #crash: () => void
  /** Counters for generated names, by kind; they are never reset. */
  readonly #counts = new Map<string, number>()

  /** `crash`: called if the call would crash a proxy that is not hardened. */
  constructor(crash: () => void) {
    this.#crash = crash
  }

  /** Returns the new listener. Its socket is bound elsewhere. */
  addListener(body: Json | undefined): StoredListener {
    const l = validated('listener', body, { spec: 'object', rules: 'list or string' })
    if (this.listeners.has(l.name)) refuse(`Cannot add listener: Listener "${l.name}" already defined`)
    checkListenerSpec(l.spec)
    const rules = Array.isArray(l.rules) ? this.#inlineRules(l.name, l.rules) : String(l.rules)
    const listener = { name: l.name, spec: l.spec as Body, rules, options: l.options ?? { track: 0 }, inline: false }
    this.listeners.set(l.name, listener)
    return listener
  }

  #inlineRules(listener: string, rules: Json[]): string {
    const name = namedAnew(this.#numbered(`${listener}-RuleList`), this.rulelists)
    this.addRuleList({ name, rules }, true)
    return name
  }

  deleteListener(name: string, recursive: boolean): void {
    const listener = this.listeners.get(name) ?? refuse(`Cannot delete listener: Unknown listener "${name}"`)
    const rulelist = this.rulelists.get(listener.rules)
    if (recursive && rulelist?.inline) this.deleteRuleList(rulelist.name, true)
    this.listeners.delete(name)
  }

  addCluster(body: Json | undefined, inline = false): void {
    const c = validated('cluster', body, { spec: 'object' })
    if (this.clusters.has(c.name)) refuse(`Cannot add cluster: Cluster "${c.name}" already defined`)
    // The proxy forgets that a Prometheus cluster is part of a route, so that it is not deleted with the route.
    this.clusters.set(c.name, { ...storedCluster(c), inline: inline && asBody(c.spec)?.protocol !== 'Prometheus' })
    if (!c.endpoints) return
    if (!Array.isArray(c.endpoints)) refuse('c.endpoints is not iterable')
    for (const endpoint of c.endpoints as Body[]) {
      endpoint.name ||= namedAnew(this.#numbered(`${c.name}-EndPoint`), this.endpoints)
      this.#addInlineEndpoint(c.name, endpoint)
    }
  }

  /** Not awaited: the cluster exists and the response is 200 before the failure crashes a proxy that is not hardened. */
  #addInlineEndpoint(cluster: string, endpoint: Body): void {
    try {
      this.addEndpoint(cluster, endpoint as Json)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.#crash()
    }
  }

  deleteCluster(name: string): void {
    const cluster = this.clusters.get(name) ?? refuse(`Cannot delete cluster: Unknown cluster "${name}"`)
    for (const endpoint of cluster.endpoints) this.endpoints.delete(endpoint)
    this.clusters.delete(name)
  }

  addEndpoint(cluster: string, body: Json | undefined): void {
    const e = validated('endpoint', body, { spec: 'object' }, false)
    if (this.endpoints.has(e.name)) refuse(`Cannot add endpoint: Endpoint "${e.name}" already defined`)
    const home = this.clusters.get(cluster) ?? refuse('Not Found')
    const spec = e.spec as Body
    if (!home.transport) refuse(`Adding an endpoint to a cluster of type "${home.spec.protocol}" is not supported`)
    if (home.transport === 'UDP' && !spec.address) refuse('UDPEndPoint: No remote addr:port pair defined')
    const name = e.name || this.#numbered(`${cluster}-EndPoint`)
    this.endpoints.set(name, { name, spec, weight: e.weight || 1, cluster, inline: false })
    home.endpoints.push(name)
  }

  deleteEndpoint(name: string): void {
    const endpoint = this.endpoints.get(name) ?? refuse('Not Found')
    const cluster = this.clusters.get(endpoint.cluster)
    cluster?.endpoints.splice(cluster.endpoints.indexOf(name), 1)
    this.endpoints.delete(name)
  }

  addRuleList(body: Json | undefined, inline = false): void {
    const r = validated('RuleList', body, { rules: 'list' })
    if (this.rulelists.has(r.name)) refuse(`Cannot add RuleList: RuleList "${r.name}" already defined`)
    const list: StoredRuleList = { name: r.name, rules: [], inline }
    this.rulelists.set(r.name, list)
    for (const [position, rule] of (r.rules as Json[]).entries()) this.insertRule(list, `${position}`, rule)
  }

  deleteRuleList(name: string, recursive: boolean): void {
    const list = this.rulelists.get(name) ?? refuse(`Cannot delete RuleList: Unknown RuleList "${name}"`)
    for (const rule of recursive ? [...list.rules] : []) {
      if (this.rules.get(rule)?.inline) list.rules.splice(list.rules.indexOf(rule), 1)
      this.deleteRule(rule, true)
    }
    this.rulelists.delete(name)
  }

  /** `position`: as in the path; anything but a number counts as 0. */
  insertRule(list: StoredRuleList, position: string, rule: Json | undefined): void {
    if (Number(position) < 0 || Number(position) > list.rules.length)
      refuse(`Cannot insert rule at position ${position} into rulelist`)
    list.rules.splice(Number(position), 0, typeof rule === 'string' ? rule : this.#inlineRule(list.name, rule))
  }

  #inlineRule(list: string, body: Json | undefined): string {
    const rule = asBody(body) ?? refuse('Cannot add rule to rulelist: Invalid rule')
    rule.name ||= namedAnew(this.#numbered(`${list}-Rule`), this.rules)
    this.addRule(rule as Json, true)
    return String(rule.name)
  }

  /** A position directly after the last rule is accepted without an effect. */
  removeRule(list: StoredRuleList, position: string, recursive: boolean): void {
    const at = Number(position)
    if (at < 0 || at > list.rules.length) refuse(`Cannot delete rule at position ${position} from rulelist`)
    if (recursive) this.deleteRule(String(list.rules[at]), true)
    list.rules.splice(at, 1)
  }

  addRule(body: Json | undefined, inline = false): void {
    const r = validated('rule', body, { action: 'object' })
    if (this.rules.has(r.name)) refuse(`Cannot add rule: Rule "${r.name}" already defined`)
    const action = r.action as Body
    this.rules.set(r.name, { name: r.name, match: r.match || '*', action, inline })
    if (!action.route) return
    const route = asBody(action.route)
    if (route) {
      route.name ||= namedAnew(this.#numbered(`${r.name}-Route`), this.routes)
      this.addRoute(route as Json, true)
      action.route = route.name
    }
    if (typeof action.route !== 'string') refuse('Cannot add rule: Invalid route')
  }

  deleteRule(name: string, recursive: boolean): void {
    const rule = this.rules.get(name) ?? refuse(`Cannot delete rule: Unknown rule "${name}"`)
    const route = this.routes.get(String(rule.action.route))
    if (recursive && route?.inline) this.deleteRoute(route.name, true)
    this.rules.delete(name)
  }

  addRoute(body: Json | undefined, inline = false): void {
    const sent = asBody(body)
    if (sent) sent.destination ||= sent.cluster
    const r = validated('route', body, { ingress: 'list?', egress: 'list?', retry: 'object?' })
    if (this.routes.has(r.name)) refuse(`Cannot add route: Route "${r.name}" already defined`)
    const destination = this.#clusterName(r.destination, `${r.name}-Cluster`, 'Invalid destination')
    const chain = (direction: 'ingress' | 'egress') =>
      ((r[direction] ?? []) as Json[]).map(c =>
        this.#clusterName(c, `${r.name}-${direction}-Cluster`, 'Invalid cluster'),
      )
    const route = { name: r.name, destination, ingress: chain('ingress'), egress: chain('egress') }
    this.routes.set(r.name, { ...route, retry: r.retry ?? RETRY, inline })
  }

  #clusterName(cluster: Json | undefined, base: string, otherwise: string): string {
    const inline = asBody(cluster)
    if (inline) {
      inline.name ||= namedAnew(this.#numbered(base), this.clusters)
      this.addCluster(inline as Json, true)
      return String(inline.name)
    }
    return typeof cluster === 'string' ? cluster : refuse(`Cannot add route: ${otherwise}`)
  }

  deleteRoute(name: string, recursive: boolean): void {
    const route = this.routes.get(name) ?? refuse(`Cannot delete Route: Unknown Route "${name}"`)
    const used = allFound([route.destination, ...route.ingress, ...route.egress], this.clusters)
    for (const cluster of recursive ? used.filter(({ inline }) => inline) : []) this.deleteCluster(cluster.name)
    this.routes.delete(name)
  }

  /** The proxy counts by kind, so that `L-RuleList-1` is followed by `L-RuleList-1-Rule-1` or `-Rule-7`. */
  #numbered(base: string): string {
    const kind = base.slice(base.lastIndexOf('-') + 1)
    const count = this.#counts.get(kind) ?? 0
    this.#counts.set(kind, count + 1)
    return `${base}-${count}`
  }
}

const LISTENERS: ReadonlySet<unknown> = new Set(['HTTP', 'WebSocket', 'UDP', 'TCP', 'UnixDomainSocket', 'JSONSocket'])

function checkListenerSpec(spec: Json | undefined): void {
  if (!isBody(spec)) return
  if (!LISTENERS.has(spec.protocol)) refuse(`Listener.create:Unknown protocol: "${spec.protocol}"`)
  if (spec.protocol !== 'JSONSocket') return
  if (!spec.transport) refuse('log.warning is not a function')
  checkListenerSpec(spec.transport)
}
