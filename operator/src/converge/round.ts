/**
 * One round of convergence: compare what a proxy holds with what it should hold, make the calls, read back what they
 * were about, and say what came of it. Knows nothing of timers: when to go again is the worker's business.
 */
import {
  adapted,
  type Calls,
  type Compare,
  type Config,
  difference,
  type Execution,
  execute,
  isOurs,
  keyOf,
  type ObjectKey,
  type Obstacle,
  type Outcome,
  type Plan,
  type Probe,
  ProxyError,
  plan,
  prune,
  type Reads,
  readAll,
  readBack,
  retained,
  share,
  sharing,
  subjects,
  successorsOfEnded,
} from '@l7mesh/proxy-client'
import type { Failure } from './state.ts'

/** A proxy as it is talked to. */
export type Connection = {
  readonly calls: Calls
  readonly reads: Reads
  readonly probe: Probe
  readonly obstacle?: Obstacle
  /** The connection broke: the proxy may have died. A hint to look again, and nothing more. */
  onDisconnect(callback: () => void): void
  close(): Promise<void>
}

export type RoundInput = {
  readonly connection: Connection
  readonly desired: Config
  /** Resources of which the proxy keeps what it holds. Default: none. */
  readonly retain?: ReadonlySet<string> | undefined
  /** What was last read; undefined to read all. */
  readonly live: Config | undefined
  /**
   * Objects that the proxy did not take a moment ago. The round goes on without them and what needs them, and takes
   * nothing away: what they were to replace stays in force.
   */
  readonly refused: ReadonlySet<ObjectKey>
  readonly compare: Compare
  /** Each object is created by a call of its own. Default: false */
  readonly oneByOne?: boolean
  /** An id for the filling of a proxy that has started empty. */
  readonly filling: string
  readonly signal: AbortSignal
}

/** A failure of this round; how often it has happened is counted by the worker. */
export type RoundFailure = Omit<Failure, 'attempts'>

export type RoundResult = {
  /** What was read last; undefined where it can no longer be relied upon. */
  readonly live: Config | undefined
  /** Nothing of what was asked of this round is left to do. */
  readonly done: boolean
  readonly calls: number
  readonly failures: ReadonlyMap<ObjectKey, RoundFailure>
  /** The failed creations that stood in the way of other steps. */
  readonly obstacles: readonly ObjectKey[]
  /** Why the round ended early. */
  readonly stopped: ProxyError | undefined
  /** The objects whose call was under way when the connection broke. */
  readonly suspects: readonly ObjectKey[]
  /** All was read, and there was nothing of ours: the proxy is new, or has restarted. */
  readonly foundEmpty: boolean | undefined
  /** New listeners whose predecessor took its sessions with it. */
  readonly endedSessions: readonly string[]
}

export async function round(input: RoundInput): Promise<RoundResult> {
  try {
    const { compare, signal } = input
    const reads = sharing(input.connection.reads, input.desired, compare)
    const read = input.live ?? (await readAll(reads, signal))
    const desired = retained(adapted(input.desired, read), read, input.retain ?? NO_RESOURCES)
    const fitting = { ...input, desired }
    const live = share(read, desired, compare)
    const found = input.live ? NOTHING : { ...NOTHING, foundEmpty: isEmptyOfOurs(live) }
    const steps = planFor(live, fitting)
    if (steps.steps.length === 0) return { ...found, live, done: true }
    return { ...found, ...(await judge(live, await carryOut(steps, input), reads, fitting)) }
  } catch (error) {
    if (error instanceof ProxyError) return { ...NOTHING, stopped: error }
    throw error
  }
}

const NO_RESOURCES: ReadonlySet<string> = new Set()
const NOTHING: RoundResult = {
  live: undefined,
  done: false,
  calls: 0,
  failures: new Map(),
  obstacles: [],
  stopped: undefined,
  suspects: [],
  foundEmpty: undefined,
  endedSessions: [],
}

function isEmptyOfOurs({ clusters, routes, rules, rulelists, listeners }: Config): boolean {
  return [clusters, routes, rules, rulelists, listeners].every(objects => ![...objects.keys()].some(isOurs))
}

/** What is to be done to the proxy. */
function planFor(live: Config, { desired, refused, compare, filling }: RoundInput): Plan {
  const { diff, target } = difference(live, prune(desired, refused, live), compare)
  const whole = plan({ diff, target, live, filling })
  return refused.size === 0 ? whole : additions(whole)
}

/** The part of a plan that takes nothing away, and needs nothing taken away. */
function additions({ steps }: Plan): Plan {
  const left = new Set<number>()
  const kept = steps.filter(({ id, call, needs }) => {
    const adds = (call.op === 'create' || call.op === 'insert') && !needs.some(need => left.has(need))
    if (!adds) left.add(id)
    return adds
  })
  return { steps: kept }
}

function carryOut(steps: Plan, { connection: { calls, probe, obstacle }, oneByOne = false }: RoundInput) {
  return execute(steps, { calls, probe, obstacle, oneByOne })
}

async function judge(
  before: Config,
  execution: Execution,
  reads: Reads,
  input: RoundInput,
): Promise<Partial<RoundResult>> {
  const { outcomes, stopped } = execution
  const calls = outcomes.filter(({ state }) => state !== 'skipped').length
  const endedSessions = successorsOfEnded(execution, before)
  if (stopped)
    return { calls, endedSessions, stopped, suspects: stopped.code === 'reset' ? suspectsIn(outcomes, stopped) : [] }
  const { desired, compare, signal } = input
  const read = await readBack({ live: before, execution, reads, desired, compare, signal })
  const after = share(read, desired, compare)
  const left = planFor(after, input)
  const done = left.steps.length === 0
  const refusals = failuresOf(outcomes)
  const failures = done || refusals.size > 0 ? refusals : withoutEffect(outcomes, left)
  // An answer that surprised says that others write here too, and one that was untrue that nothing is certain.
  const reliable = refusals.size === failures.size && outcomes.every(({ state }) => state !== 'surprise')
  return { live: reliable ? after : undefined, done, calls, failures, obstacles: obstaclesIn(outcomes), endedSessions }
}

function failuresOf(outcomes: readonly Outcome[]): ReadonlyMap<ObjectKey, RoundFailure> {
  const failures = new Map<ObjectKey, RoundFailure>()
  for (const outcome of outcomes)
    if (outcome.state === 'failed')
      for (const key of subjects(outcome.step.call).map(keyOf))
        failures.set(key, { code: outcome.error.code, message: outcome.error.message })
  return failures
}

/** Calls that were answered with 200 and have to be made again: the proxy did not do them. */
function withoutEffect(outcomes: readonly Outcome[], left: Plan): ReadonlyMap<ObjectKey, RoundFailure> {
  const answered = new Set(
    outcomes.filter(({ state }) => state === 'done').flatMap(({ step }) => subjects(step.call).map(keyOf)),
  )
  const undone = left.steps.flatMap(({ call }) => subjects(call).map(keyOf)).filter(key => answered.has(key))
  const message = 'The proxy answered that it was done, and does not hold it'
  return new Map(undone.map(key => [key, { code: 'no-effect', message }]))
}

function obstaclesIn(outcomes: readonly Outcome[]): readonly ObjectKey[] {
  const inTheWay = new Set(outcomes.flatMap(outcome => (outcome.state === 'skipped' ? [outcome.because] : [])))
  return outcomes
    .filter(({ step: { id, call }, state }) => state === 'failed' && call.op === 'create' && inTheWay.has(id))
    .flatMap(({ step }) => subjects(step.call).map(keyOf))
}

function suspectsIn(outcomes: readonly Outcome[], stopped: ProxyError): readonly ObjectKey[] {
  const last = outcomes.filter(outcome => outcome.state === 'failed' && outcome.error === stopped)
  return last.flatMap(({ step }) => subjects(step.call).slice(0, 1).map(keyOf))
}
