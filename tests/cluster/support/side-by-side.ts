/** Scenarios that mostly wait run side by side, each a test of its own. */
import { beforeAll, it } from 'vitest'

export type Scenario = { readonly what: string; readonly run: () => Promise<void> }

/**
 * `atOnce`: how many; they begin in the order given. Must be called after the `beforeAll` that makes what they need.
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
    // One may fail long before its test looks.
    over.promise.catch(() => {})
    await run().then(over.resolve, over.reject)
  }
}
