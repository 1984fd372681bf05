/**
 * The entry point of the workspace for `npm start`, `npm test` and the other scripts. Requires only Node >= 20 and npm.
 * Installs the pinned Node and the packages (with pnpm) if they are missing, and then runs the command with the pinned
 * Node.
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
  console.error(`Unknown command '${name}'. The commands are ${Object.keys(COMMANDS).join(', ')}.`)
  process.exit(2)
}
await install()
const [program, first] = command()
process.exitCode = await run(program, [...first, ...args])

/** Installs the packages of the lock file, once per version of it. */
async function install() {
  const stamp = join(root, 'node_modules', '.l7mesh-lock')
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  console.error('Installing the pinned Node.js and the packages (about a minute, only once) ...')
  const code = await run('npx', ['--yes', PNPM, 'install', '--frozen-lockfile', '--reporter=append-only'], {
    quiet: true,
  })
  if (code !== 0) {
    console.error('The installation failed: see above. It requires npm and a connection to its registry.')
    process.exit(1)
  }
  writeFileSync(stamp, lock)
}

/** Runs a program and returns its exit code. Ctrl-C reaches it directly, because it shares the terminal. */
function run(program, args, { quiet = false } = {}) {
  const child = spawn(program, args, { cwd: quiet ? root : process.cwd(), stdio: quiet ? ['ignore', 2, 2] : 'inherit' })
  const ignore = () => {}
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, signal === 'SIGTERM' ? () => child.kill(signal) : ignore)
  return new Promise(resolve => {
    child.on('error', error => {
      console.error(`Cannot start ${program}: ${error.message}`)
      resolve(1)
    })
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)))
  })
}
