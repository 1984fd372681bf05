/**
 * The door to the workspace: `npm start`, `npm test` and the other scripts come through here. It needs nothing but
 * Node >= 20 and npm, sets up what is missing (the pinned Node and the packages, by pnpm) and then runs the command
 * with the pinned Node. A second run finds everything in place and starts at once.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PNPM = 'pnpm@12.21.0'
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = name => join(root, 'node_modules', '.bin', name)
const node = (...args) => [bin('node'), args]

const HINT =
  'dig @127.0.0.1 -p 5053 web.l7mesh.test +short, then change a port in examples/kube-dns/virtualservice.yaml and save'

const COMMANDS = {
  start: () => node('operator/src/main.ts', 'up', 'examples/kube-dns', '--hint', HINT),
  l7mesh: () => node('operator/src/main.ts'),
  test: () => node('scripts/test.ts'),
  build: () => node('operator/scripts/build.ts'),
  generate: () => node('scripts/generate.ts'),
  lint: () => node('scripts/lint.ts'),
  cluster: () => node('tests/cluster/main.ts'),
  bench: () => node('tests/bench/main.ts'),
}

const [name, ...args] = process.argv.slice(2)
const command = COMMANDS[name]
if (!command) {
  console.error(`There is no command '${name}'. There are: ${Object.keys(COMMANDS).join(', ')}.`)
  process.exit(2)
}
await setUp()
const [program, first] = command()
process.exitCode = await run(program, [...first, ...args])

/** Installs the packages of the lock file, once for each state of it. */
async function setUp() {
  const stamp = join(root, 'node_modules', '.l7mesh-lock')
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  console.error('Setting up: the pinned Node.js and the packages (a minute or so, once) ...')
  const code = await run('npx', ['--yes', PNPM, 'install', '--frozen-lockfile', '--reporter=append-only'], {
    quiet: true,
  })
  if (code !== 0) {
    console.error('The set-up failed: see above. It needs npm and a connection to its registry.')
    process.exit(1)
  }
  writeFileSync(stamp, lock)
}

/** Runs a program to its end and returns its exit code; Ctrl-C goes to it, as it shares the terminal. */
function run(program, args, { quiet = false } = {}) {
  const child = spawn(program, args, { cwd: quiet ? root : process.cwd(), stdio: quiet ? ['ignore', 2, 2] : 'inherit' })
  const ignore = () => {}
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, signal === 'SIGTERM' ? () => child.kill(signal) : ignore)
  return new Promise(resolve => {
    child.on('error', error => {
      console.error(`${program} could not be started: ${error.message}`)
      resolve(1)
    })
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)))
  })
}
