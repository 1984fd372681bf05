import { defineConfig } from 'vitest/config'
import { namespacesPool } from './tests/cluster/pool.ts'
import { LongestFirst } from './tests/support/longest-first.ts'

const HELM = 'tests/helm/**/*.test.ts'
const HITLESS = 'tests/hitless/**/*.test.ts'
const CLUSTER = 'tests/cluster/**/*.test.ts'
const TOOLS = 'tests/cluster/tools.ts'
const OPERATOR = 'tests/cluster/operator-program.ts'
const OTHERS = ['**/node_modules/**', HELM, HITLESS, CLUSTER]

/** One project for each suite of scripts/suites.ts that Vitest runs. */
export default defineConfig({
  test: {
    // Suites start real proxies and count their packets: two cores carry two of them at most.
    maxWorkers: 2,
    // Within a file: the checks of examples, which mostly wait.
    maxConcurrency: 4,
    // No test is slow on purpose: this is for one that hangs, and longer than any wait for what should come (until.ts).
    testTimeout: 180_000,
    hookTimeout: 180_000,
    setupFiles: 'tests/support/same-examples.ts',
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['{crds,proxy-client,operator,examples,scripts}/**/*.test.ts'] },
      },
      { extends: true, test: { name: 'helm', include: [HELM], globalSetup: TOOLS } },
      { extends: true, test: { name: 'mesh', include: ['tests/**/*.test.ts'], exclude: OTHERS } },
      { extends: true, test: { name: 'hitless', include: [HITLESS] } },
      {
        extends: true,
        test: {
          name: 'cluster',
          include: [CLUSTER],
          pool: namespacesPool,
          globalSetup: [TOOLS, OPERATOR],
          // Many waits one after the other, each with an end of its own.
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
})
