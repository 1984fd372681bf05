/**
 * The order of the test files: those that take long begin first, busy ones of the cluster beside others that mostly wait,
 * and the short ones fill the gaps.
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

/** Other files come after these, in Vitest's own order. */
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
