/**
 * Writes all generated files: types and schemas from the CRDs, files of the charts, and the pages of docs/reference.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const GENERATORS = ['crds/scripts/generate.ts', 'operator/scripts/generate-docs.ts', 'helm/scripts/generate.ts']

for (const script of GENERATORS.filter(script => existsSync(script))) {
  const { status } = spawnSync(process.execPath, [script], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
