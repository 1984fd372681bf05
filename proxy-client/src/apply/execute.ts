/**
 * Makes the calls of a plan, one at a time and in order, those of a tree at once. A call that fails stops only the
 * steps that need it; a proxy that does not answer stops the rest. What came of it all is returned as data: nothing is
 * thrown, nothing retried.
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
  /** Default: nobody can know. */
  readonly obstacle?: Obstacle | undefined
  readonly signal?: AbortSignal
  /** No call is made together with another, so that it shows which one ends a proxy. Default: false */
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

  /** undefined where the tree cannot be had as a whole: step by step shows why. */
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

/** After these the next call would fare no better. */
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

/** Whether the refusal says that the object is already what the call would make of it; reading back tells for sure. */
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
    throw new ProxyError('address-in-use', `TCP port ${port} of the proxy's host is taken by another process`)
}

/** The proxy says 200 where it could not listen, and never tries again: such a listener is taken away. */
async function proveListening(listener: Listener, { probe, calls, signal }: ExecuteOptions): Promise<void> {
  const port = tcpPortOf(listener)
  if (port === undefined || isFragile(listener) || (await probe(port)) !== 'closed') return
  await calls.deleteObject('listener', listener.name, signal)
  throw new ProxyError('address-in-use', `The proxy took the listener but does not listen on TCP port ${port}`)
}

/** A JSONSocket listener over TCP: a connection that says nothing ends an unguarded proxy. */
function isFragile({ spec }: Listener): boolean {
  return spec.protocol === 'JSONSocket' && spec.transport.protocol === 'TCP'
}

/** Ends what can be ended; a session that this proxy would not survive to end is left to its client. */
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
