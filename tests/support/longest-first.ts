/**
 * The order of the test files: long tests start first, CPU-bound cluster tests next to tests that mostly wait, and
 * short ones fill the gaps.
 */
import { basename } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const LONGEST = [
  'churn',
  'faults-api',
  'install',
  'examples',
  'docs',
  'lease',
  'source',
  'faults-operator',
  'rbac',
  'faults-proxy',
  'charts',
  'publish',
  'fake',
  'bad-input',
]

/** Other files follow, in the order of Vitest. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => rank(a) - rank(b))
  }
}

function rank({ moduleId }: TestSpecification): number {
  const found = LONGEST.indexOf(basename(moduleId, '.test.ts'))
  return found < 0 ? LONGEST.length : found
}
