/** Static checks: types, lint, import directions, unused code. */
import { spawnSync } from 'node:child_process'

const CHECKS: readonly (readonly [string, readonly string[]])[] = [
  ['types', ['node_modules/typescript/bin/tsc', '-p', '.']],
  ['lint', ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.']],
  ['directions and purity', ['scripts/directions.ts']],
  ['unused code and dependencies', ['node_modules/knip/bin/knip.js']],
]

const failed = CHECKS.filter(([name, args]) => {
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  console.log(`${status === 0 ? 'ok' : 'FAILED'}: ${name}`)
  return status !== 0
})
process.exitCode = failed.length === 0 ? 0 : 1
