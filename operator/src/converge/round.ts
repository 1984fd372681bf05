/**
 * One round of convergence: compares the live and the desired config of a proxy, applies the difference, and judges the
 * result by what was read back. It knows proxies only as drivers, and no timers: when to run again is up to the worker.
 */
import {
  type Applied,
  type Compare,
  type Config,
  type Driver,
  intern,
  isOurs,
  keyOf,
  type ObjectKey,
  type Outcome,
  type Plan,
  ProxyError,
  prune,
  retained,
  subjects,
  successorsOfEnded,
} from '@l7mesh/proxy-client'
import type { Failure } from './state.ts'

export type RoundInput = {
  readonly driver: Driver
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
  /** Runs a full read when its turn comes. Default: at once. */
  readonly readInTurn?: <T>(read: () => Promise<T>) => Promise<T>
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
    const { driver, compare, signal, readInTurn = read => read() } = input
    const read = input.live ?? (await readInTurn(() => driver.read({ pool: input, signal })))
    const desired = retained(driver.adapt(input.desired, read, compare), read, input.retain ?? NO_RESOURCES)
    const supported = { ...input, desired }
    const live = intern(read, desired, compare)
    const found = input.live ? NOTHING : { ...NOTHING, foundEmpty: isEmptyOfOurs(live) }
    const steps = planFor(live, supported)
    if (steps.steps.length === 0) return { ...found, live, done: true }
    const applied = await driver.apply(steps, { ...supported, live })
    return { ...found, ...judge(live, applied, supported) }
  } catch (error) {
    if (error instanceof ProxyError) return stoppedBy(error)
    throw error
  }
}

/** A round that ended before it began. */
export function stoppedBy(error: ProxyError): RoundResult {
  return { ...NOTHING, stopped: error }
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

/** The steps that are left. */
function planFor(live: Config, { driver, desired, refused, compare, filling }: RoundInput): Plan {
  const whole = driver.plan({ live, desired: prune(desired, refused, live), compare, filling })
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

function judge(before: Config, applied: Applied, input: RoundInput): Partial<RoundResult> {
  const { outcomes, stopped } = applied
  const calls = outcomes.filter(({ state }) => state !== 'skipped').length
  const endedSessions = successorsOfEnded(doneIn(outcomes), before)
  if (stopped)
    return { calls, endedSessions, stopped, suspects: stopped.code === 'reset' ? suspectsIn(outcomes, stopped) : [] }
  const after = intern(applied.live, input.desired, input.compare)
  const left = planFor(after, input)
  const done = left.steps.length === 0
  const refusals = failuresOf(outcomes)
  const failures = done || refusals.size > 0 ? refusals : withoutEffect(outcomes, left)
  // A surprising response means that others write here too, and an untrue one that nothing is certain.
  const reliable = refusals.size === failures.size && outcomes.every(({ state }) => state !== 'surprise')
  return { live: reliable ? after : undefined, done, calls, failures, obstacles: obstaclesIn(outcomes), endedSessions }
}

function doneIn(outcomes: readonly Outcome[]) {
  return outcomes.flatMap(({ step, state }) => (state === 'done' ? [step.call] : []))
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
