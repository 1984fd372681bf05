/** Runs the commands of one example's README: `node run-readme.ts NAME`. Prints what does not work, and ends with 1. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { isInstalled } from '../../scripts/suites.ts'
import { triedIn } from '../docs/coverage.ts'
import { pageAt, ROOT } from '../docs/pages.ts'
import type { ShellCommand } from '../docs/shell.ts'
import { startLocalMesh } from '../support/local-mesh.ts'

/** Milliseconds in which the commands of a block must have worked once; the mesh starts meanwhile. */
const DEADLINE = 30_000

/** Milliseconds that one attempt may take. */
const PATIENCE = 5000

/** What a person types into the first of the programs that read their terminal, as the pages say. */
const TYPED: Readonly<Record<string, string>> = {
  'media-plane': 'hello bob\n',
  'udp-over-websocket': 'move 3 4\nmove 1 1\ndance\n',
}

type Group = {
  readonly commands: readonly ShellCommand[]
  /** Lines that the page shows after the block, as patterns. */
  readonly shown: readonly RegExp[]
}

const [example = ''] = process.argv.slice(2)
const page = pageAt(`examples/${example}/README.md`)
const mesh = await startLocalMesh(join(ROOT, 'examples', example), DEADLINE)
const stop = () => void mesh.stop().then(() => process.exit(1))
process.once('SIGTERM', stop)
try {
  const tried = groups(triedIn(example))
  if (tried.length === 0) throw new Error(`${page.path} has no command under "Try it" that this machine can run`)
  for (const group of tried) {
    const what = group.commands.map(({ text }) => text).join('\n')
    await mesh.waitFor(what, async () => {
      await works(group)
      return true
    })
  }
} catch (error) {
  process.exitCode = 1
  process.stdout.write(`${error instanceof Error ? `${error.message}\n${error.cause}` : error}\n`)
  process.stdout.write(`${mesh.told().join('\n')}\n`)
} finally {
  process.off('SIGTERM', stop)
  await mesh.stop()
}

/** Commands of one block, without those whose program is not installed here. */
function groups(commands: readonly ShellCommand[]): readonly Group[] {
  const shells = page.blocks.map(({ language, line, section }, at) => {
    const end = page.blocks[at + 1]?.line ?? Number.POSITIVE_INFINITY
    const next = page.blocks[at + 1]
    const output = next?.language === '' && next.section.join() === section.join() ? next.code : ''
    const own = commands.filter(command => language === 'sh' && command.line > line && command.line < end)
    return { commands: own.filter(canRun), shown: own.every(canRun) ? patterns(output) : [] }
  })
  return shells.filter(group => group.commands.length > 0)
}

function canRun({ words: [program = ''], text }: ShellCommand): boolean {
  return isInstalled(program === 'for' ? (/\bdo (\S+)/.exec(text)?.[1] ?? '') : program)
}

/** Names of pods differ from run to run. */
function patterns(output: string): readonly RegExp[] {
  const lines = output.split('\n').filter(line => line !== '')
  const escaped = lines.map(line => line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return escaped.map(line => new RegExp(line.replace(/-[0-9a-f]{6,}-\d+/g, '-[0-9a-f]+-\\d+')))
}

/** Rejects where one of them fails, or prints anything but what is shown. */
async function works({ commands, shown }: Group): Promise<void> {
  const readsTerminal = commands.every(({ text }) => /^node \S+\.mjs/.test(text))
  if (readsTerminal) return talks(commands, shown)
  let output = ''
  for (const command of commands) output += await ended(command)
  const missing = shown.find(pattern => !pattern.test(output))
  if (missing) throw new Error(`${missing} is not in\n${output}`)
}

/** Runs a command to its end, or to its first line where it goes on for ever, and resolves with what it printed. */
async function ended({ text }: ShellCommand): Promise<string> {
  const program = start(text)
  const isEndless = text.includes('setInterval(')
  const first = isEndless ? program.until(output => output.includes('\n')) : program.exit
  await first.finally(program.kill)
  if (!isEndless && (await program.exit) !== 0) throw new Error(`it failed:\n${program.output()}`)
  return program.output()
}

/** Starts all of them at once, types into the first, and closes their terminals when all that is shown was printed. */
async function talks(commands: readonly ShellCommand[], shown: readonly RegExp[]): Promise<void> {
  const programs = commands.map(({ text }) => start(text))
  try {
    await Promise.all(programs.map(({ until }) => until(output => output.includes('\n'))))
    programs[0]?.child.stdin.write(TYPED[example] ?? '')
    const all = () => programs.map(({ output }) => output()).join('')
    await Promise.race(programs.map(({ until }) => until(() => shown.every(pattern => pattern.test(all())))))
    for (const { child } of programs) child.stdin.end()
    for (const { exit } of programs) if ((await exit) !== 0) throw new Error(`one of them failed:\n${all()}`)
  } finally {
    for (const { kill } of programs) kill()
    await Promise.all(programs.map(({ exit }) => exit))
  }
}

type Started = {
  readonly child: ChildProcessWithoutNullStreams
  output(): string
  /** Resolves with its exit code; what does not end within PATIENCE is killed. */
  readonly exit: Promise<number>
  /** Resolves when its output is as asked; rejects where it ends before. */
  until(isAsked: (output: string) => boolean): Promise<void>
  kill(): void
}

function start(text: string): Started {
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` }
  const child = spawn('sh', ['-euc', text.startsWith('for ') ? text : `exec ${text}`], { cwd: ROOT, env })
  const kill = () => void child.kill('SIGKILL')
  const timer = setTimeout(kill, PATIENCE)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk))
  const exit = once(child, 'close').then(([code]) => {
    clearTimeout(timer)
    return typeof code === 'number' ? code : 1
  })
  const until = (isAsked: (output: string) => boolean) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const look = () => isAsked(output) && resolve()
    child.stdout.on('data', look)
    void exit.then(() => reject(new Error(`it ended too early:\n${output}`)))
    look()
    return promise
  }
  return { child, output: () => output, exit, until, kill }
}
