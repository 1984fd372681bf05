/**
 * Preflight checks, which reject calls before they are sent: names that the proxy rejects or that would break the
 * connection, and calls that crash l7mp 0.5.7 or have another effect than expected.
 */
import { ProxyError } from '../errors.ts'
import type { Cluster, ClusterSpec, Endpoint, Json, JsonObject, Listener, ListenerSpec, Rule, Tree } from '../model.ts'
import { isVirtual } from './normal-form.ts'

/**
 * The proxy accepts every name without white space. If a name is not ASCII, the content length of its error responses is in
 * characters instead of bytes, so that the next response on the connection cannot be parsed.
 */
const LEGAL_NAME = /^[^\s\u0080-\uffff]+$/

/** In bytes, encoded: HTTP servers of Node.js accept 16 KiB of headers in total. */
const LONGEST_NAME = 8192

export function checkName(name: string): void {
  if (!LEGAL_NAME.test(name))
    throw invalid(`${JSON.stringify(name)} is not a valid name: use ASCII characters without white space`)
  if (encodeURIComponent(name).length > LONGEST_NAME) throw invalid(`The name ${name.slice(0, 40)}… is too long`)
}

/** The objects through which the proxy serves its REST API. Without them, it is unreachable until it restarts. */
export function checkDeletable(name: string): void {
  checkName(name)
  if (/^(controller-listener|l7mp-controller)/.test(name))
    throw notSent(`${name} serves the proxy's REST API: without it the proxy cannot be reached`)
}

export function checkPosition(position: number): void {
  if (!Number.isSafeInteger(position) || position < 0) throw invalid(`${position} is not a valid position (0 or more)`)
}

/** The proxy interprets a name that starts like a number as a position, and removes the rule at that position. */
export function checkRemovableByName(rule: string): void {
  checkName(rule)
  if (!Number.isNaN(Number.parseInt(rule, 10)))
    throw notSent(`The proxy would interpret the rule name ${rule} as a position: remove it by its position`)
}

export function checkListener({ name, spec }: Listener): void {
  checkName(name)
  checkPort(spec.protocol === 'JSONSocket' ? spec.transport : spec)
}

export function checkCluster({ name, spec, loadbalancer }: Omit<Cluster, 'endpoints'>): void {
  checkName(name)
  checkPort(spec.protocol === 'JSONSocket' ? spec.transport : spec)
  if (loadbalancer.policy === 'None' && !isVirtual(spec))
    throw notSent(`Cluster ${name}: the first session to a cluster without a load balancing policy crashes the proxy`)
}

/** If the port is out of range, the proxy listens on another one, or keeps a listener that it can never delete. */
function checkPort(spec: ListenerSpec | ClusterSpec | { readonly port: number }): void {
  if (!('port' in spec)) return
  if (!Number.isInteger(spec.port) || spec.port < 1 || spec.port > 65_535)
    throw invalid(`${spec.port} is not a valid port (1 to 65535)`)
}

export function checkEndpoint({ name, spec, weight }: Endpoint): void {
  checkName(name)
  if (!spec.address) throw notSent(`Endpoint ${name} has no address`)
  if (spec.port !== undefined) checkPort({ port: spec.port })
  if (!Number.isSafeInteger(weight) || weight < 1) throw invalid(`${weight} is not a valid weight (1 or more)`)
}

export function checkRule({ name, match }: Rule): void {
  checkName(name)
  if (match !== undefined && !isPredicate(match))
    throw invalid(`Rule ${name}: this match matches nothing, but is read back as one that matches everything; omit it`)
}

export function checkTree({ rulelist, rules, routes, clusters }: Tree): void {
  for (const { name } of [rulelist, ...routes]) checkName(name)
  for (const rule of rules) checkRule(rule)
  for (const cluster of clusters) checkBare(cluster)
}

/** An endpoint in the body of a cluster crashes a proxy that is not hardened if its name is in use. */
function checkBare(cluster: Cluster): void {
  checkCluster(cluster)
  if (cluster.endpoints.length > 0) throw notSent(`Cluster ${cluster.name}: create its endpoints after it`)
}

function isPredicate(match: JsonObject): boolean {
  const keys = Object.keys(match)
  return keys.length > 0 && !(keys.length === 1 && typeof match.match === 'string')
}

/** Deleting a session other than UDP crashes a proxy that is not hardened. */
export function checkSession(name: string): void {
  checkName(name)
  if (!name.startsWith('UDP:')) throw notSent(`${name}: only a hardened proxy survives the deletion of such a session`)
}

export function checkNotRetrying(name: string, session: JsonObject): void {
  const stages = [session.source, session.destination].filter(isObject)
  if (stages.some(({ status }) => status === 'RETRYING'))
    throw notSent(`${name} is reconnecting: only a hardened proxy survives its deletion now`)
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The proxy accepts an object of 2500 levels, and crashes when it is read. */
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
