/** Removes everything that l7mesh created from one proxy, and nothing else. */
import {
  type Config,
  createCompare,
  EMPTY_CONFIG,
  type Outcome,
  type Plan,
  ProxyError,
  removalPlan,
} from '@l7mesh/proxy-client'
import type { ProxyHandle, ProxyReader } from '../../converge/proxy-access.ts'

/** The pending plan, and the live config. */
export type Removal = { readonly plan: Plan; readonly live: Config }

/** Rejects with a ProxyError. */
export async function removalFor(proxy: ProxyReader, signal: AbortSignal): Promise<Removal> {
  const live = await proxy.read({ signal })
  return { live, plan: removalPlan(live, createCompare()) }
}

export type Removed = {
  readonly calls: number
  /** Why some objects remain. */
  readonly error: ProxyError | undefined
}

/** Repeats while it makes progress, because concurrent changes by others may make calls fail. */
export async function remove(proxy: ProxyHandle, signal: AbortSignal): Promise<Removed> {
  let calls = 0
  for (;;) {
    const { plan, live } = await removalFor(proxy, signal)
    if (plan.steps.length === 0) return { calls, error: undefined }
    const input = { live, desired: EMPTY_CONFIG, compare: createCompare(), signal }
    const { outcomes, stopped } = await proxy.apply(plan, input)
    const done = outcomes.filter(({ state }) => state === 'done').length
    calls += done
    if (stopped || done === 0) return { calls, error: stopped ?? failureIn(outcomes) }
  }
}

function failureIn(outcomes: readonly Outcome[]): ProxyError {
  const failed = outcomes.find(outcome => outcome.state === 'failed')
  return failed?.error ?? new ProxyError('proxy-fault', 'the proxy acknowledges calls without carrying them out')
}
