/** Runs scenarios that mostly wait in parallel, each as a separate test. */
import { beforeAll, it } from 'vitest'

export type Scenario = { readonly what: string; readonly run: () => Promise<void> }

/**
 * `atOnce`: the concurrency; they start in the given order. Must be called after the `beforeAll` that creates what they
 * need.
 */
export function sideBySide(scenarios: readonly Scenario[], atOnce: number): void {
  const runs = scenarios.map(({ what, run }) => ({ what, run, over: Promise.withResolvers<void>() }))
  // biome-ignore lint/correctness/noEmptyPattern: Vitest wants a pattern there.
  beforeAll(({}, { tasks }) => {
    const wanted = new Set(tasks.filter(({ mode }) => mode !== 'skip').map(({ name }) => name))
    const next = runs.filter(({ what }) => wanted.has(what)).values()
    for (let i = 0; i < atOnce; i++) void oneAfterTheOther(next)
  })
  for (const { what, over } of runs) it(what, () => over.promise)
}

type Run = Pick<Scenario, 'run'> & { readonly over: PromiseWithResolvers<void> }

async function oneAfterTheOther(runs: Iterable<Run>): Promise<void> {
  for (const { run, over } of runs) {
    // A scenario may fail long before its test awaits it.
    over.promise.catch(() => {})
    await run().then(over.resolve, over.reject)
  }
}
