/** The calls of a proxy with one request per object: the writes of a client, and its sessions. */
import type { Cluster, Endpoint, Listener, Route, Rule, RuleList, Session, Tree } from '../model.ts'
import type { Call } from '../plan/call.ts'

/** The calls of a proxy's client that change something, and the reads that they need. */
export type Calls = {
  createCluster(cluster: Cluster, signal?: AbortSignal): Promise<void>
  createEndpoint(cluster: string, endpoint: Endpoint, signal?: AbortSignal): Promise<void>
  createRoute(route: Route, signal?: AbortSignal): Promise<void>
  createRule(rule: Rule, signal?: AbortSignal): Promise<void>
  createRuleList(list: RuleList, signal?: AbortSignal): Promise<void>
  /** If the proxy rejects any part, nothing is left that would fail a session. */
  createTree(tree: Tree, signal?: AbortSignal): Promise<void>
  createListener(listener: Listener, signal?: AbortSignal): Promise<void>
  replaceListener(old: string, listener: Listener, signal?: AbortSignal): Promise<void>
  insertRule(rulelist: string, position: number, rule: string, signal?: AbortSignal): Promise<void>
  removeRuleAt(rulelist: string, position: number, signal?: AbortSignal): Promise<void>
  deleteObject(kind: Extract<Call, { op: 'delete' }>['kind'], name: string, signal?: AbortSignal): Promise<void>
  sessions(signal?: AbortSignal): Promise<readonly Session[]>
  deleteSession(name: string, signal?: AbortSignal): Promise<void>
}
