/**
 * A client of the REST API of an l7mp 0.5.7 proxy: all calls that do not crash a proxy, with the types of `model`. It never
 * deletes recursively, and never creates an object without a name, because the proxy leaks objects with generated names.
 *
 * Every method rejects with a ProxyError and takes an AbortSignal. Aborting does not undo a call that was sent.
 */
import type { buildConnector } from 'undici'
import type { RequestReport } from '../apply/driver.ts'
import type { Read } from '../apply/reads.ts'
import { ProxyError } from '../errors.ts'
import type {
  Admin,
  Cluster,
  Config,
  Endpoint,
  Listener,
  ObjectKind,
  Route,
  Rule,
  RuleList,
  Session,
  Tree,
} from '../model.ts'
import { Channel } from './channel.ts'
import { type Credentials, isToken, NO_TOKEN } from './credentials.ts'
import { saysThatEndpointExists } from './errors.ts'
import { httpTransport } from './http.ts'
import {
  parseCluster,
  parseEndpoint,
  parseListener,
  parseRoute,
  parseRule,
  parseRuleList,
  parseTree,
} from './normal-form.ts'
import { get, post, remove } from './paths.ts'
import * as preflight from './preflight.ts'
import * as requests from './requests.ts'
import type { ResponseBody } from './response-body.ts'
import { type Dump, listOf, objectOf, parseAdmin, parseDone, parseDump, parseSession } from './responses.ts'
import type { Disconnection, Transport } from './transport.ts'
import { both, isHardened, orUndefined, takeBack } from './turns.ts'

export type ProxyClientOptions = {
  /** `http://HOST:PORT` of the proxy's REST API. */
  readonly origin: string
  /** A bearer token, or a function that returns it for each call. It is redacted from results and errors. Default: none. */
  readonly token?: string | Credentials
  /** Milliseconds from sending a request to its response; waiting for earlier requests does not count. Default: 5000 */
  readonly deadline?: number
  /** The connector of undici's `Client`. Default: TCP to the origin. */
  readonly connect?: buildConnector.connector
  /** Replaces HTTP; `origin` and `connect` are then ignored. Default: HTTP on one kept-alive connection. */
  readonly transport?: Transport
}

/** The collections of the API, by kind. */
const FOLDER = {
  cluster: 'clusters',
  endpoint: 'endpoints',
  route: 'routes',
  rule: 'rules',
  rulelist: 'rulelists',
  listener: 'listeners',
} as const satisfies { readonly [K in ObjectKind]: string }

/** Without it, clusters have the number of their endpoints instead of the endpoints. */
const WITH_ENDPOINTS = 'recursive=true'

export class ProxyClient {
  readonly clusters: Read<Cluster>
  readonly routes: Read<Route>
  readonly rules: Read<Rule>
  readonly rulelists: Read<RuleList>
  readonly listeners: Read<Listener>
  /** A rulelist with everything that it refers to, except through `apply`. */
  readonly trees: Pick<Read<Tree>, 'get'>
  readonly #transport: Transport
  readonly #channel: Channel

  constructor(options: ProxyClientOptions) {
    const { token, deadline = 5000 } = options
    if (typeof token === 'string' && !isToken(token)) throw new TypeError(NO_TOKEN)
    this.#transport = options.transport ?? httpTransport(options)
    const credentials = typeof token === 'function' ? token : () => token
    this.#channel = new Channel({ transport: this.#transport, deadline, credentials })
    this.clusters = this.#reader('cluster', parseCluster, WITH_ENDPOINTS)
    this.routes = this.#reader('route', parseRoute)
    this.rules = this.#reader('rule', parseRule)
    this.rulelists = this.#reader('rulelist', parseRuleList)
    this.listeners = this.#reader('listener', parseListener)
    this.trees = this.#reader('rulelist', parseTree, 'recursive=true')
  }

  /** The list of a kind, parsed by `decode`, which can skip texts that it already knows. */
  readList<T>(kind: keyof Config, decode: (body: ResponseBody) => T, signal?: AbortSignal): Promise<T> {
    return this.#channel.askText(get([kind], kind === 'clusters' ? WITH_ENDPOINTS : undefined), decode, signal)
  }

  getAdmin(signal?: AbortSignal): Promise<Admin> {
    return this.#channel.ask(get(['admin']), parseAdmin, signal)
  }

  /** The whole config in one response. A strict proxy rejects it while a session has intermediate stages. */
  getDump(signal?: AbortSignal): Promise<Dump> {
    return this.#channel.ask(get(['config']), parseDump, signal)
  }

  /** Does not create endpoints: one whose name is in use would crash the proxy. */
  async createCluster(cluster: Omit<Cluster, 'endpoints'>, signal?: AbortSignal): Promise<void> {
    preflight.checkCluster(cluster)
    await this.#create('cluster', requests.cluster(cluster), signal)
  }

  /** The name must be free among the endpoints of all clusters. */
  async createEndpoint(cluster: string, endpoint: Endpoint, signal?: AbortSignal): Promise<void> {
    preflight.checkName(cluster)
    preflight.checkEndpoint(endpoint)
    await this.#post(['clusters', cluster, 'endpoints'], { endpoint: requests.endpoint(endpoint) }, signal)
  }

  async createRoute(route: Route, signal?: AbortSignal): Promise<void> {
    preflight.checkName(route.name)
    await this.#create('route', requests.route(route), signal)
  }

  async createRule(rule: Rule, signal?: AbortSignal): Promise<void> {
    preflight.checkRule(rule)
    await this.#create('rule', requests.rule(rule), signal)
  }

  async createRuleList({ name, rules }: RuleList, signal?: AbortSignal): Promise<void> {
    preflight.checkName(name)
    await this.#create('rulelist', { name, rules }, signal)
  }

  /**
   * Creates the rulelist and everything below it in one request. If the proxy rejects any part, the list and its rules are
   * deleted again; routes and clusters that were created are complete, and stay. Clusters with endpoints are rejected with
   * 'not-sent'.
   */
  async createTree(tree: Tree, signal?: AbortSignal): Promise<void> {
    preflight.checkTree(tree)
    await this.#channel.turn(async exchange => {
      try {
        await exchange(post([FOLDER.rulelist], { rulelist: requests.tree(tree) }), parseDone)
      } catch (error) {
        if (error instanceof ProxyError && error.status !== undefined) await takeBack(exchange, tree)
        throw error
      }
    }, signal)
  }

  /** For TCP, HTTP and WebSocket, the proxy reports success even if the port is in use, and then never listens. */
  async createListener(listener: Listener, signal?: AbortSignal): Promise<void> {
    preflight.checkListener(listener)
    await this.#create('listener', requests.listener(listener), signal)
  }

  /**
   * Deletes the listener `old` and creates the other in one write to the connection, to minimize the time without a
   * listener. A missing `old` is not an error. `call.method` of an error identifies the request that failed first.
   */
  async replaceListener(old: string, listener: Listener, signal?: AbortSignal): Promise<void> {
    preflight.checkDeletable(old)
    preflight.checkListener(listener)
    const creation = post(['listeners'], { listener: requests.listener(listener) })
    await this.#channel.turn(exchange => both(exchange, remove(['listeners', old]), creation), signal)
  }

  /** The rule need not exist. Positions: 0 to the length of the list. */
  async insertRule(rulelist: string, position: number, rule: string, signal?: AbortSignal): Promise<void> {
    preflight.checkDeletable(rulelist)
    preflight.checkPosition(position)
    preflight.checkName(rule)
    await this.#post(['rulelists', rulelist, 'rules', `${position}`], { rule }, signal)
  }

  /** If the position is the length of the list, the proxy removes nothing and reports success. */
  async removeRuleAt(rulelist: string, position: number, signal?: AbortSignal): Promise<void> {
    preflight.checkDeletable(rulelist)
    preflight.checkPosition(position)
    await this.#remove(['rulelists', rulelist, 'rules', `${position}`], signal)
  }

  /** Removes the first occurrence of the rule. Names that start like a number are rejected with 'not-sent'. */
  async removeRuleByName(rulelist: string, rule: string, signal?: AbortSignal): Promise<void> {
    preflight.checkDeletable(rulelist)
    preflight.checkRemovableByName(rule)
    await this.#remove(['rulelists', rulelist, 'rules', rule], signal)
  }

  /** The rule at the position. Rejects with 'not-found' if there is none, or if the rule of that name does not exist. */
  async getRuleAt(rulelist: string, position: number, signal?: AbortSignal): Promise<Rule> {
    preflight.checkName(rulelist)
    preflight.checkPosition(position)
    return this.#channel.ask(get(['rulelists', rulelist, 'rules', `${position}`]), parseRule, signal)
  }

  /** Objects that refer to it are not changed; the endpoints of a cluster are deleted with it. */
  async deleteObject(kind: ObjectKind, name: string, signal?: AbortSignal): Promise<void> {
    preflight.checkDeletable(name)
    await this.#remove([FOLDER[kind], name], signal)
  }

  async endpoints(cluster: string, signal?: AbortSignal): Promise<readonly Endpoint[]> {
    preflight.checkName(cluster)
    return this.#channel.ask(get(['clusters', cluster, 'endpoints']), listOf(parseEndpoint), signal)
  }

  async endpointExists(name: string, signal?: AbortSignal): Promise<boolean> {
    preflight.checkName(name)
    try {
      await this.#channel.ask(get(['endpoints', name]), objectOf, signal)
      return true
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error
      if (saysThatEndpointExists(error)) return true
      if (error.code === 'not-found') return false
      throw error
    }
  }

  /** Includes the session of this request. */
  sessions(signal?: AbortSignal): Promise<readonly Session[]> {
    return this.#channel.ask(get(['sessions']), listOf(parseSession), signal)
  }

  async getSession(name: string, signal?: AbortSignal): Promise<Session | undefined> {
    preflight.checkName(name)
    return orUndefined(this.#channel.ask(get(['sessions', name]), parseSession, signal))
  }

  /**
   * A proxy without the rulelist `HARDENED` survives only the deletion of UDP sessions that are not reconnecting; others are
   * rejected with 'not-sent'.
   */
  async deleteSession(name: string, signal?: AbortSignal): Promise<void> {
    preflight.checkName(name)
    await this.#channel.turn(async exchange => {
      if (!(await isHardened(exchange))) {
        preflight.checkSession(name)
        preflight.checkNotRetrying(name, await exchange(get(['sessions', name]), objectOf))
      }
      await exchange(remove(['sessions', name]), parseDone)
    }, signal)
  }

  /** Calls back when the connection ends, which may mean that the proxy died. Returns a function that unsubscribes. */
  onDisconnect(callback: (why: Disconnection) => void): () => void {
    return this.#transport.onDisconnect(callback)
  }

  /** Calls back after each request. Returns a function that unsubscribes. */
  onRequest(callback: (report: RequestReport) => void): () => void {
    return this.#channel.onRequest(callback)
  }

  /** Aborts all calls and closes the connection. */
  close(): Promise<void> {
    return this.#channel.close()
  }

  #reader<T>(kind: Exclude<ObjectKind, 'endpoint'>, parse: (value: unknown) => T, query?: string): Read<T> {
    return {
      list: signal => this.#channel.ask(get([FOLDER[kind]], query), listOf(parse), signal),
      get: async (name, signal) => {
        preflight.checkName(name)
        return orUndefined(this.#channel.ask(get([FOLDER[kind], name], query), parse, signal))
      },
    }
  }

  #create(kind: Exclude<ObjectKind, 'endpoint'>, object: object, signal: AbortSignal | undefined): Promise<void> {
    return this.#post([FOLDER[kind]], { [kind]: object }, signal)
  }

  #post(path: readonly string[], sent: object, signal: AbortSignal | undefined): Promise<void> {
    return this.#channel.ask(post(path, sent), parseDone, signal)
  }

  #remove(path: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    return this.#channel.ask(remove(path), parseDone, signal)
  }
}
