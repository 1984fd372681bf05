/**
 * Executes a plan: makes its calls one at a time and in order, those of a tree in one request. A failed call skips only the
 * steps that depend on it; if the proxy does not respond, all other steps are skipped. Outcomes are returned as data:
 * nothing is thrown or retried.
 */

import { ProxyError, type ProxyErrorCode } from '../errors.ts'
import type { Listener } from '../model.ts'
import type { Call, Plan, Step } from '../plan/call.ts'
import { tcpPortOf, transportOf } from '../plan/configs.ts'
import { type TreeSteps, treesOf } from '../plan/tree.ts'
import type { Calls } from './calls.ts'
import type { Execution, Outcome } from './outcome.ts'
import type { Obstacle, Probe } from './probe.ts'

export type ExecuteOptions = {
  readonly calls: Calls
  readonly probe: Probe
  /** Default: unknown. */
  readonly obstacle?: Obstacle | undefined
  readonly signal?: AbortSignal
  /** One request per call, which shows the call that crashes a proxy. Default: false */
  readonly oneByOne?: boolean
}

export async function execute(plan: Plan, options: ExecuteOptions): Promise<Execution> {
  const trees = options.oneByOne ? new Map<number, TreeSteps>() : treesOf(plan)
  const inTrees = new Set([...trees.values()].flatMap(({ steps }) => steps.map(({ id }) => id)))
  const run = new Run(options)
  for (const step of plan.steps) {
    const tree = trees.get(step.id)
    if (tree) await run.growTree(tree)
    else if (!inTrees.has(step.id)) await run.take(step)
  }
  return run
}

class Run implements Execution {
  readonly outcomes: Outcome[] = []
  stopped: ProxyError | undefined
  readonly #options: ExecuteOptions
  readonly #undone = new Set<number>()

  constructor(options: ExecuteOptions) {
    this.#options = options
  }

  async take(step: Step): Promise<void> {
    if (this.stopped) this.#learn(skipped(step, undefined))
    else this.#learn(blocked(step, this.#undone) ?? (await attempt(step, this.#options)))
  }

  async growTree(growing: TreeSteps): Promise<void> {
    const outcomes = await this.#atOnce(growing)
    if (outcomes) for (const outcome of outcomes) this.#learn(outcome)
    else for (const step of growing.steps) await this.take(step)
  }

  /** undefined if the tree cannot be created as a whole: single steps show why. */
  async #atOnce({ tree, steps }: TreeSteps): Promise<readonly Outcome[] | undefined> {
    if (this.stopped || steps.some(step => blocked(step, this.#undone))) return undefined
    const { calls, signal } = this.#options
    const error = await calls.createTree(tree, signal).then(() => undefined, asProxyError)
    if (!error) return steps.map(step => ({ step, state: 'done' }))
    return ENDS_THE_RUN.has(error.code) ? steps.map(step => ({ step, state: 'failed', error })) : undefined
  }

  #learn(outcome: Outcome): void {
    if (outcome.state === 'failed' && ENDS_THE_RUN.has(outcome.error.code)) this.stopped = outcome.error
    if (outcome.state === 'failed' || outcome.state === 'skipped') this.#undone.add(outcome.step.id)
    this.outcomes.push(outcome)
  }
}

/** After these errors, the next call would fail too. */
const ENDS_THE_RUN: ReadonlySet<ProxyErrorCode> = new Set(['unreachable', 'reset', 'timeout', 'aborted', 'locked-out'])

function blocked(step: Step, undone: ReadonlySet<number>): Outcome | undefined {
  const because = step.needs.find(id => undone.has(id))
  return because === undefined ? undefined : skipped(step, because)
}

function skipped(step: Step, because: number | undefined): Outcome {
  return { step, state: 'skipped', because }
}

async function attempt(step: Step, options: ExecuteOptions): Promise<Outcome> {
  try {
    await perform(step.call, options)
    return { step, state: 'done' }
  } catch (thrown) {
    const error = asProxyError(thrown)
    return { step, state: isAsWanted(step.call, error) ? 'surprise' : 'failed', error }
  }
}

/** Whether the error means that the object already has the state that the call would create; reading back verifies it. */
function isAsWanted(call: Call, error: ProxyError): boolean {
  if (call.op === 'create') return error.code === 'already-defined'
  return call.op === 'delete' && error.code === 'not-found'
}

async function perform(call: Call, options: ExecuteOptions): Promise<void> {
  const { calls, signal } = options
  switch (call.op) {
    case 'create':
      return create(call, options)
    case 'insert':
      return calls.insertRule(call.rulelist, call.position, call.rule, signal)
    case 'remove':
      return calls.removeRuleAt(call.rulelist, call.position, signal)
    case 'replace':
      await calls.replaceListener(call.old.name, call.listener, signal)
      return proveListening(call.listener, options)
    case 'delete':
      return calls.deleteObject(call.kind, call.name, signal)
    case 'end-sessions':
      return endSessions(call.listeners, options)
  }
}

async function create(call: Extract<Call, { op: 'create' }>, options: ExecuteOptions): Promise<void> {
  const { calls, signal } = options
  switch (call.kind) {
    case 'cluster':
      return calls.createCluster(call.object, signal)
    case 'endpoint':
      return calls.createEndpoint(call.cluster, call.object, signal)
    case 'route':
      return calls.createRoute(call.object, signal)
    case 'rule':
      return calls.createRule(call.object, signal)
    case 'rulelist':
      return calls.createRuleList(call.object, signal)
    case 'listener':
      await proveFree(call.object, options)
      await calls.createListener(call.object, signal)
      return proveListening(call.object, options)
  }
}

async function proveFree(listener: Listener, { probe, obstacle }: ExecuteOptions): Promise<void> {
  const transport = transportOf(listener.spec)
  const found = transport && (await obstacle?.(transport))
  if (found !== undefined) throw new ProxyError('address-in-use', found)
  const port = tcpPortOf(listener)
  if (port !== undefined && (await probe(port)) === 'listening')
    throw new ProxyError('address-in-use', `TCP port ${port} of the proxy's host is in use by another process`)
}

/** If it cannot listen, the proxy responds with 200 and never tries again: such a listener is deleted. */
async function proveListening(listener: Listener, { probe, calls, signal }: ExecuteOptions): Promise<void> {
  const port = tcpPortOf(listener)
  if (port === undefined || isFragile(listener) || (await probe(port)) !== 'closed') return
  await calls.deleteObject('listener', listener.name, signal)
  throw new ProxyError('address-in-use', `The proxy accepted the listener, but does not listen on TCP port ${port}`)
}

/** A JSONSocket listener over TCP: a connection without data crashes a proxy that is not hardened. */
function isFragile({ spec }: Listener): boolean {
  return spec.protocol === 'JSONSocket' && spec.transport.protocol === 'TCP'
}

/** Ends sessions as far as possible; a session whose deletion would crash this proxy is left to its client. */
async function endSessions(listeners: string, { calls, signal }: ExecuteOptions): Promise<void> {
  const sessions = await calls.sessions(signal)
  for (const { name } of sessions.filter(session => session.listener.startsWith(listeners)))
    await calls.deleteSession(name, signal).catch((error: ProxyError) => {
      if (error.code !== 'not-found' && error.code !== 'not-sent') throw error
    })
}

function asProxyError(thrown: unknown): ProxyError {
  if (thrown instanceof ProxyError) return thrown
  return new ProxyError('proxy-fault', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown })
}
