/**
 * A fake of an l7mp 0.5.7 proxy in memory, for tests: it responds like the real one, including its false reports of success,
 * and injects faults. The contract suite compares it with the real one. Not supported: strict mode, traffic, and reads with
 * `?recursive=true` except for clusters.
 */

import { CAPABILITIES } from '../l7mp/capabilities.ts'
import { errorOfConnection } from '../l7mp/errors.ts'
import { type Disconnection, pathOf, type Request, type Response, type Transport } from '../l7mp/transport.ts'
import type { Json } from '../model.ts'
import { HARDENED } from '../names.ts'
import { type Api, operationOf } from './api.ts'
import { type Fault, type FaultRule, Faults, type ReceivedCall } from './faults.ts'
import { Sockets } from './sockets.ts'
import { Store } from './store.ts'
import { type Body, isBody, Refusal } from './stored.ts'

/** A response whose body is text. */
type TextResponse = Response & { readonly body: string }

export type FakeProxyOptions = {
  /** The TCP port in its controller listener. No real socket is bound. Default: 1234 */
  readonly port?: number
  /** Whether it is hardened: it survives calls that would crash others. Default: true */
  readonly hardened?: boolean
  /** The capabilities of a hardened proxy. Default: all. */
  readonly capabilities?: readonly string[]
  readonly faults?: readonly FaultRule[]
}

/** The result of a request: a response after a delay in milliseconds, or none. */
export type Effect =
  | { readonly kind: 'answer'; readonly answer: TextResponse; readonly milliseconds: number }
  | { readonly kind: 'refused' | 'reset' | 'silence' }

const ADMIN = { log_level: 'warn', strict: false, version: '0.5.7' }

export class FakeProxy {
  /** All requests that it received since its creation, including those with faults. */
  readonly received: ReceivedCall[] = []
  readonly faults = new Faults()
  readonly sockets = new Sockets()
  /** By name, as `GET /sessions` returns them; tests fill it. */
  readonly sessions = new Map<string, Json>()
  readonly #port: number
  readonly #hardened: boolean
  readonly #capabilities: readonly string[]
  readonly #onDisconnect = new Set<(why: Disconnection) => void>()
  #store: Store
  #alive = true

  constructor({ port = 1234, hardened = true, capabilities = CAPABILITIES, faults = [] }: FakeProxyOptions = {}) {
    this.#port = port
    this.#hardened = hardened
    this.#capabilities = capabilities
    for (const fault of faults) this.faults.add(fault)
    this.#store = this.#start()
  }

  get alive(): boolean {
    return this.#alive
  }

  /** Its objects, for assertions. */
  get store(): Store {
    return this.#store
  }

  /** Whether a connection to the port would be accepted. */
  listening(port: number): boolean {
    return this.#alive && this.sockets.accepts(port)
  }

  /** Ends the process, which loses its config. */
  die(): void {
    this.#alive = false
    this.#store = new Store(() => this.#crash())
    this.sessions.clear()
    this.sockets.clear()
    for (const callback of this.#onDisconnect) callback('lost')
  }

  /** Restarts it, empty except for its controller objects. */
  restart(): void {
    if (this.#alive) this.die()
    this.#store = this.#start()
    this.#alive = true
  }

  /** Handles a request without faults and without recording it. */
  handle(method: string, target: string, text = '', contentType = 'application/json'): TextResponse {
    if (this.#isLockedOut()) return failure(404, 'Not Found', `No route for session "HTTP:fake"`)
    if (method === 'POST' && contentType !== 'application/json') return failure(500, 'General Server Error', 415)
    const body = method === 'POST' ? parsedJson(text) : {}
    if (!isBody(body)) return failure(400, 'Bad Request', {})
    const operation = operationOf(method, target)
    if (!operation) return failure(404, 'Not Found', 'Unknown API operation')
    return attempt(() => operation(this.#api(), body), method === 'GET')
  }

  /** Handles a request of a client, with the faults that apply. */
  receive(request: Request, contentType?: string): Effect {
    const call = { number: this.received.length, method: request.method, path: pathOf(request), body: bodyOf(request) }
    this.received.push(call)
    if (!this.#alive || !this.#store.listeners.has('controller-listener')) return { kind: 'refused' }
    const serve = () => this.handle(request.method, request.target, request.body, contentType)
    const fault = this.faults.strike(call)
    if (fault) return this.#fail(fault, serve, request)
    const answer = this.#survives(serve)
    return answer ? { kind: 'answer', answer, milliseconds: 0 } : { kind: 'reset' }
  }

  /** A transport for clients without a network. */
  transport(): Transport {
    return {
      send: (request, signal) => deliver(this.receive(request), request, signal, () => this.#lose()),
      onDisconnect: callback => {
        this.#onDisconnect.add(callback)
        return () => this.#onDisconnect.delete(callback)
      },
      close: async () => undefined,
    }
  }

  #fail(fault: Fault, serve: () => TextResponse, request: Request): Effect {
    if ('done' in fault && fault.done) this.#survives(serve)
    switch (fault.kind) {
      case 'latency':
        return { kind: 'answer', answer: serve(), milliseconds: fault.milliseconds }
      case 'refuse':
        return { kind: 'refused' }
      case 'reset':
        return { kind: 'reset' }
      case 'hang':
        return { kind: 'silence' }
      case 'answer':
        return { kind: 'answer', answer: { status: fault.status, body: fault.body }, milliseconds: 0 }
      case 'ignore':
        return { kind: 'answer', answer: request.method === 'GET' ? serve() : DONE, milliseconds: 0 }
      case 'die':
        if (fault.restarts) this.restart()
        else this.die()
        return { kind: 'reset' }
    }
  }

  /** undefined if the process ended before the response. */
  #survives(serve: () => TextResponse): TextResponse | undefined {
    try {
      return serve()
    } catch (error) {
      // A malformed escape in the path.
      if (!(error instanceof URIError)) throw error
      this.#crash()
      return undefined
    }
  }

  #crash(): void {
    if (!this.#hardened) this.die()
  }

  #lose(): void {
    for (const callback of this.#onDisconnect) callback('lost')
  }

  #isLockedOut(): boolean {
    const { rulelists, rules, routes, clusters } = this.#store
    const rule = rules.get(rulelists.get('controller-listener-RuleList-0')?.rules[0] ?? '')
    const route = routes.get(String(rule?.action.route))
    return !clusters.has(route?.destination ?? '')
  }

  #api(): Api {
    return {
      store: this.#store,
      sessions: this.sessions,
      admin: ADMIN,
      bind: listener => this.sockets.bind(listener),
      unbind: name => this.sockets.unbind(name),
      deletedSession: name => void (name.startsWith('UDP:') || this.#crash()),
    }
  }

  #start(): Store {
    const store = new Store(() => this.#crash())
    const destination: Body = { name: 'l7mp-controller', spec: { protocol: 'L7mpController' } }
    const listener = store.addListener({
      name: 'controller-listener',
      spec: { protocol: 'HTTP', port: this.#port },
      rules: [{ action: { route: { destination: destination as Json } } }],
    })
    this.sockets.bind(listener)
    if (this.#hardened) store.addRuleList({ name: HARDENED, rules: [...this.#capabilities] })
    return store
  }
}

const DONE: TextResponse = { status: 200, body: JSON.stringify({ status: 200, message: 'OK' }) }

function attempt(operation: () => unknown, isRead: boolean): TextResponse {
  try {
    const result = operation()
    return isRead ? { status: 200, body: JSON.stringify(result) } : DONE
  } catch (error) {
    if (error instanceof Refusal) return failure(400, 'Bad Request', error.message)
    throw error
  }
}

function failure(status: number, message: string, content: Json): TextResponse {
  return { status, body: JSON.stringify({ status, message, content }, null, 4) }
}

function bodyOf({ body }: Request): Json | undefined {
  return body === undefined ? undefined : parsedJson(body)
}

function parsedJson(text: string): Json | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function deliver(effect: Effect, request: Request, signal: AbortSignal, lost: () => void): Promise<TextResponse> {
  const line = { method: request.method, path: pathOf(request) }
  switch (effect.kind) {
    case 'answer':
      if (effect.milliseconds > 0) await pause(effect.milliseconds, signal)
      return effect.answer
    case 'refused':
      throw errorOfConnection(line, Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
    case 'reset':
      lost()
      throw errorOfConnection(line, Object.assign(new Error('other side closed'), { code: 'ECONNRESET' }))
    case 'silence':
      return pause(undefined, signal)
  }
}

/** Without a duration: until the signal aborts. */
function pause(milliseconds: number | undefined, signal: AbortSignal): Promise<never>
function pause(milliseconds: number, signal: AbortSignal): Promise<void>
function pause(milliseconds: number | undefined, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = milliseconds === undefined ? undefined : setTimeout(resolve, milliseconds)
    const onAbort = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}
