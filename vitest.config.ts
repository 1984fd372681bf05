import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{crds,proxy-client,operator,tests,examples}/**/*.test.ts'],
    // Suites start real proxies and count their packets: two cores carry two of them at most.
    maxWorkers: 2,
    maxConcurrency: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
