/**
 * What is refused before it is sent: names that the proxy does not take or that would break the connection, and calls
 * that l7mp 0.5.7 does not survive or that do something else than they say.
 */
import { ProxyError } from '../errors.ts'
import type { Cluster, ClusterSpec, Endpoint, Json, JsonObject, Listener, ListenerSpec, Rule, Tree } from '../model.ts'
import { isVirtual } from './normal-form.ts'

/**
 * The proxy takes every name without white space. Beyond ASCII it counts the characters of its error answers instead
 * of the bytes, and the next answer on the connection cannot be read.
 */
const LEGAL_NAME = /^[^\s\u0080-\uffff]+$/

/** In bytes, encoded: Node's HTTP servers take headers of 16 KiB in all. */
const LONGEST_NAME = 8192

export function checkName(name: string): void {
  if (!LEGAL_NAME.test(name))
    throw invalid(`${JSON.stringify(name)} is no name: one or more ASCII characters, no blanks`)
  if (encodeURIComponent(name).length > LONGEST_NAME) throw invalid(`The name ${name.slice(0, 40)}… is too long`)
}

/** The objects through which the proxy serves its own REST API. Without them it answers nobody ever again. */
export function checkDeletable(name: string): void {
  checkName(name)
  if (/^(controller-listener|l7mp-controller)/.test(name))
    throw notSent(`${name} serves the proxy's REST API: without it the proxy cannot be reached`)
}

export function checkPosition(position: number): void {
  if (!Number.isSafeInteger(position) || position < 0) throw invalid(`${position} is no position: 0 or more`)
}

/** The proxy takes a name that starts like a number for a position, and removes the rule that stands there. */
export function checkRemovableByName(rule: string): void {
  checkName(rule)
  if (!Number.isNaN(Number.parseInt(rule, 10)))
    throw notSent(`The proxy would take the rule name ${rule} for a position: remove it by its position`)
}

export function checkListener({ name, spec }: Listener): void {
  checkName(name)
  checkPort(spec.protocol === 'JSONSocket' ? spec.transport : spec)
}

export function checkCluster({ name, spec, loadbalancer }: Omit<Cluster, 'endpoints'>): void {
  checkName(name)
  checkPort(spec.protocol === 'JSONSocket' ? spec.transport : spec)
  if (loadbalancer.policy === 'None' && !isVirtual(spec))
    throw notSent(`Cluster ${name}: the first session to a cluster without a load balancing policy ends the proxy`)
}

/** With a port out of range the proxy listens elsewhere, or holds a listener that it can never delete. */
function checkPort(spec: ListenerSpec | ClusterSpec | { readonly port: number }): void {
  if (!('port' in spec)) return
  if (!Number.isInteger(spec.port) || spec.port < 1 || spec.port > 65_535)
    throw invalid(`${spec.port} is no port: 1 to 65535`)
}

export function checkEndpoint({ name, spec, weight }: Endpoint): void {
  checkName(name)
  if (!spec.address) throw notSent(`Endpoint ${name} has no address`)
  if (spec.port !== undefined) checkPort({ port: spec.port })
  if (!Number.isSafeInteger(weight) || weight < 1) throw invalid(`${weight} is no weight: 1 or more`)
}

export function checkRule({ name, match }: Rule): void {
  checkName(name)
  if (match !== undefined && !isPredicate(match))
    throw invalid(`Rule ${name}: such a match reads back as one that matches all, and matches nothing; leave it out`)
}

export function checkTree({ rulelist, rules, routes, clusters }: Tree): void {
  for (const { name } of [rulelist, ...routes]) checkName(name)
  for (const rule of rules) checkRule(rule)
  for (const cluster of clusters) checkBare(cluster)
}

/** An endpoint that is listed with its cluster, and whose name is taken, ends an unguarded proxy. */
function checkBare(cluster: Cluster): void {
  checkCluster(cluster)
  if (cluster.endpoints.length > 0) throw notSent(`Cluster ${cluster.name}: its endpoints are created after it`)
}

function isPredicate(match: JsonObject): boolean {
  const keys = Object.keys(match)
  return keys.length > 0 && !(keys.length === 1 && typeof match.match === 'string')
}

/** A session that is not of UDP ends its proxy when it is deleted, unless the process is guarded. */
export function checkSession(name: string): void {
  checkName(name)
  if (!name.startsWith('UDP:')) throw notSent(`${name}: only a hardened proxy survives the end of such a session`)
}

export function checkNotRetrying(name: string, session: JsonObject): void {
  const stages = [session.source, session.destination].filter(isObject)
  if (stages.some(({ status }) => status === 'RETRYING'))
    throw notSent(`${name} is being connected anew: only a hardened proxy survives its end now`)
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The proxy takes an object of 2500 levels, and ends when it is asked to show it. */
const DEEPEST = 1000

export function checkDepth(value: Json, levels = DEEPEST): void {
  if (typeof value !== 'object' || value === null) return
  if (levels === 0) throw notSent(`An object is nested more than ${DEEPEST} levels deep`)
  for (const part of Object.values(value)) if (part !== undefined) checkDepth(part, levels - 1)
}

function invalid(message: string): ProxyError {
  return new ProxyError('invalid', message)
}

function notSent(message: string): ProxyError {
  return new ProxyError('not-sent', message)
}
