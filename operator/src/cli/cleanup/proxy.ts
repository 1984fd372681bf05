/**
 * Takes what l7mesh made off one proxy. It is the plan for a proxy that should hold nothing: listeners go first, so that
 * no new session comes, nothing goes while something refers to it, and nothing is deleted recursively, so that sessions
 * go on. The marker goes last.
 */
import {
  type Config,
  createCompare,
  difference,
  execute,
  MARKER,
  type Outcome,
  type Plan,
  ProxyError,
  plan,
  readAll,
  type Step,
} from '@l7mesh/proxy-client'
import type { Connection } from '../../converge/round.ts'

/** What is to be done on a proxy, and what it holds. */
export type Removal = { readonly plan: Plan; readonly live: Config }

export const NOTHING: Config = {
  clusters: new Map(),
  routes: new Map(),
  rules: new Map(),
  rulelists: new Map(),
  listeners: new Map(),
}

/** Rejects with a ProxyError. */
export async function removalFor({ reads }: Connection, signal: AbortSignal): Promise<Removal> {
  const live = await readAll(reads, signal)
  const { steps } = plan({ ...difference(live, NOTHING, createCompare()), live })
  return { live, plan: { steps: live.rulelists.has(MARKER) ? [...steps, unmark(steps)] : steps } }
}

function unmark(steps: readonly Step[]): Step {
  const call = { op: 'delete', kind: 'rulelist', name: MARKER } as const
  return { id: steps.length, call, needs: steps.map(({ id }) => id) }
}

export type Removed = {
  readonly calls: number
  /** Why something is left. */
  readonly error: ProxyError | undefined
}

/** As often as it gets further: what others do meanwhile may stand in the way of a call. */
export async function remove(connection: Connection, signal: AbortSignal): Promise<Removed> {
  let calls = 0
  for (;;) {
    const { plan: needed } = await removalFor(connection, signal)
    if (needed.steps.length === 0) return { calls, error: undefined }
    const { outcomes, stopped } = await execute(needed, { ...connection, signal })
    const done = outcomes.filter(({ state }) => state === 'done').length
    calls += done
    if (stopped || done === 0) return { calls, error: stopped ?? failureIn(outcomes) }
  }
}

function failureIn(outcomes: readonly Outcome[]): ProxyError {
  const failed = outcomes.find(outcome => outcome.state === 'failed')
  return failed?.error ?? new ProxyError('proxy-fault', 'the proxy does not do what it is asked')
}
