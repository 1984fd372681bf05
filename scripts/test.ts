/**
 * Runs every suite that this machine supports, and lists the others with the reason.
 *
 *     npm test                  all suites
 *     npm test -- unit          one suite
 *     npm test -- --required    fails if a suite cannot run
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { SUITES, type Suite } from './suites.ts'

type Result = { readonly passed: number; readonly failed: number; readonly skipped: number }

/** Hundreds of proxies and operators are started from the same few files: each is compiled once. */
const NODE_COMPILE_CACHE = process.env.NODE_COMPILE_CACHE ?? resolve('node_modules/.cache/compiled')

const args = process.argv.slice(2)
const required = args.includes('--required')
const names = args.filter(arg => !arg.startsWith('-'))
const unknown = names.filter(name => !SUITES.some(suite => suite.name === name))
if (unknown.length > 0) {
  console.error(`Unknown suite '${unknown[0]}'. The suites are ${SUITES.map(suite => suite.name).join(', ')}.`)
  process.exit(2)
}
process.exitCode = (await main()) ? 0 : 1

async function main(): Promise<boolean> {
  const suites = SUITES.filter(({ name }) => names.length === 0 || names.includes(name))
  const left = suites.flatMap(suite => missingLine(suite) ?? [])
  let total: Result = { passed: 0, failed: required ? left.length : 0, skipped: required ? 0 : left.length }
  for (const group of groups(suites.filter(candidate => !candidate.missing()))) {
    console.log('')
    for (const { name, description } of group) console.log(`== ${name}: ${description}`)
    total = add(total, await run(group))
  }
  console.log('')
  for (const line of left) console.log(line)
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
  return total.failed === 0 && total.passed > 0
}

function missingLine({ name, description, missing }: Suite): string | undefined {
  const why = missing()
  return why && `not run: ${name} (${description}): ${why}`
}

/** Groups of suites that run in parallel. */
function groups(suites: readonly Suite[]): readonly (readonly Suite[])[] {
  const made: Suite[][] = []
  for (const suite of suites) {
    const last = made.at(-1)
    if (suite.mixes && last?.every(({ run: how }) => 'vitest' in how)) last.push(suite)
    else made.push([suite])
  }
  return made
}

async function run(group: readonly Suite[]): Promise<Result> {
  const [script] = group.flatMap(({ run: how }) => ('script' in how ? [how.script] : []))
  if (script !== undefined) {
    const code = await node([script])
    return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }
  }
  const projects = group.flatMap(({ run: how }) => ('vitest' in how ? how.vitest : []))
  const folder = mkdtempSync(join(tmpdir(), 'l7mesh-test-'))
  try {
    const json = join(folder, 'results.json')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${json}`]
    const code = await node(['node_modules/vitest/vitest.mjs', 'run', ...projects, ...reporters])
    return counted(json, code)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A run that fails without a failed test (a file that does not load, an error after the end) counts as a failure. */
function counted(file: string, code: number): Result {
  const read = readResults(file)
  if (!read) return { passed: 0, failed: 1, skipped: 0 }
  return code !== 0 && read.failed === 0 ? { ...read, failed: 1 } : read
}

function readResults(file: string): Result | undefined {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(file, 'utf8'))
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests }
  } catch {
    return undefined
  }
}

function add(a: Result, b: Result): Result {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }
}

function node(nodeArgs: readonly string[]): Promise<number> {
  const env = { ...process.env, NODE_COMPILE_CACHE }
  const child = spawn(process.execPath, nodeArgs, { env, stdio: ['ignore', 'inherit', 'inherit'] })
  return new Promise(resolve => child.on('exit', code => resolve(code ?? 1)))
}
