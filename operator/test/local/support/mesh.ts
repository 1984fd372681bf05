/**
 * A program that runs pods, for tests that kill it or need it in namespaces of its own:
 *
 *     node mesh.ts FOLDER MANIFESTS.json [NODES]
 *
 * With NODES it moves into network namespaces. It prints JSON lines: `{"pid", "log"}` first (`log` is a file in the
 * folder of the run), then `{"pods", "problems"}` after each change and `{"line"}` for each line of a container.
 * SIGTERM ends it.
 */
import { readFileSync } from 'node:fs'
import { enterNetns, INSIDE_NETNS } from '../../../src/local/network/netns.ts'
import { createPodRunner } from '../../../src/local/runner.ts'
import type { Variables } from '../../../src/variables.ts'
import { manifest } from './documents.ts'

const [folder = '', file = '', nodes] = process.argv.slice(2)
// biome-ignore lint/style/noProcessEnv: a program of its own, as main.ts is
const entries = Object.entries(process.env)
const environment: Variables = Object.fromEntries(
  entries.filter((entry): entry is [string, string] => entry[1] !== undefined),
)
const netns = nodes !== undefined
if (netns && environment[INSIDE_NETNS] === undefined) enterNetns(environment)

const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`)
const runner = await createPodRunner({
  folder,
  netns,
  nodes: Number(nodes ?? 1),
  environment,
  onChange: () => say({ pods: [...runner.pods().values()], problems: runner.problems() }),
  onLine: line => say({ line }),
})
say({ pid: process.pid, log: runner.logFile('x/y', 'z') })
process.once('SIGTERM', () => void runner.stop())
const documents: readonly unknown[] = JSON.parse(readFileSync(file, 'utf8'))
runner.apply(documents.map(document => manifest(document, folder)))
