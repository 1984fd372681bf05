/**
 * One round of convergence: compares the live and the desired config of a proxy, applies the difference, and judges the
 * result by what was read back. It knows proxies only as drivers and has no timers: the worker decides when to run again.
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
  /** Resources whose objects the proxy keeps as they are. Default: none. */
  readonly retain?: ReadonlySet<string> | undefined
  /** The config that was last read; undefined for a full read. */
  readonly live: Config | undefined
  /**
   * Objects that the proxy has just rejected. The round continues without them and their dependents, and deletes nothing:
   * the objects that they would replace stay programmed.
   */
  readonly refused: ReadonlySet<ObjectKey>
  readonly compare: Compare
  /** Each object is created by a call of its own. Default: false */
  readonly oneByOne?: boolean
  /** Runs a full read when a slot is free. Default: at once. */
  readonly readInTurn?: <T>(read: () => Promise<T>) => Promise<T>
  /** An id for the filling of a proxy that has started empty. */
  readonly filling: string
  readonly signal: AbortSignal
}

/** A failure of this round; how often it has happened is counted by the worker. */
export type RoundFailure = Omit<Failure, 'attempts'>

export type RoundResult = {
  /** The config that was read last; undefined if it is no longer reliable. */
  readonly live: Config | undefined
  /** Whether the proxy has all objects that this round programs. */
  readonly done: boolean
  readonly calls: number
  readonly failures: ReadonlyMap<ObjectKey, RoundFailure>
  /** The failed creations that blocked other steps. */
  readonly obstacles: readonly ObjectKey[]
  /** Why the round ended early. */
  readonly stopped: ProxyError | undefined
  /** The objects whose call was running when the connection broke. */
  readonly suspects: readonly ObjectKey[]
  /** Whether a full read found no object of l7mesh: the proxy is new or has restarted. */
  readonly foundEmpty: boolean | undefined
  /** New listeners whose predecessor's sessions ended. */
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

/** The result of a round that could not begin. */
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

/** The remaining steps. */
function planFor(live: Config, { driver, desired, refused, compare, filling }: RoundInput): Plan {
  const whole = driver.plan({ live, desired: prune(desired, refused, live), compare, filling })
  return refused.size === 0 ? whole : additions(whole)
}

/** The steps of a plan that only add objects and do not depend on a deletion. */
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
  // A surprise means that others write too, and a call without an effect that the live config is uncertain.
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

/** Calls that the proxy reported as done although they had no effect. */
function withoutEffect(outcomes: readonly Outcome[], left: Plan): ReadonlyMap<ObjectKey, RoundFailure> {
  const answered = new Set(
    outcomes.filter(({ state }) => state === 'done').flatMap(({ step }) => subjects(step.call).map(keyOf)),
  )
  const undone = left.steps.flatMap(({ call }) => subjects(call).map(keyOf)).filter(key => answered.has(key))
  const message = 'The proxy reported success but does not hold the object'
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
