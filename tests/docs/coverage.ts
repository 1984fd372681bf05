/**
 * How each command in the pages is known to work. A command that fits no row fails tests/docs/commands.test.ts: write a
 * command that one of the rows covers, or add a row here, with what runs it or checks it.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SUITES } from '../../scripts/suites.ts'
import { misuse } from './cli.ts'
import { FILES, PAGES, pageAt, ROOT } from './pages.ts'
import { commandsOf, type ShellCommand } from './shell.ts'

export type Row = {
  readonly name: string
  readonly fits: (command: ShellCommand) => boolean
  /** How commands of this row are covered, for people. */
  readonly how: string
  /** What is wrong with it, or undefined. Default: nothing can be, without running it */
  readonly check?: (command: ShellCommand) => string | undefined
}

/** Flags of helm that stand alone in a sentence; tests/helm/docs.test.ts asks helm for them. */
export const HELM_FLAGS: ReadonlySet<string> = new Set(['--set', '--logs', '--take-ownership', '--force-conflicts'])

/** Their commands run one after the other on a cluster, in this order (tests/cluster/docs.test.ts). */
export const WALK = ['docs/install.md', 'docs/operations.md', 'docs/upgrade.md', 'docs/uninstall.md'] as const

export const walked: readonly ShellCommand[] = WALK.flatMap(path => commandsOf(pageAt(path))).filter(isOfWalk)

/** The commands under "Try it" of an example: `kube-dns`. */
export function triedIn(example: string): readonly ShellCommand[] {
  return commandsOf(pageAt(`examples/${example}/README.md`)).filter(isTried)
}

export const IN_SENTENCE: Row = {
  name: 'helm …, kubectl … in sentences',
  fits: ({ words: [program] }) => program === 'helm' || program === 'kubectl',
  how: 'tests/cluster/docs.test.ts: the real programs have the command and its flags; some are run with the walk too',
  check: missingFile,
}

export const ROWS: readonly Row[] = [
  {
    name: 'l7mesh …, npm run l7mesh -- …',
    fits: ({ words }) => cliWords(words) !== undefined,
    how: 'parsed by the program itself, and folders of the repository exist; in blocks of the pages of the walk also run',
    check: command =>
      missingFile(command) ?? misuse(cliWords(command.words) ?? [], { mention: command.from === 'span' }),
  },
  {
    name: 'npm test, npm start',
    fits: ({ words: [program, script] }) => program === 'npm' && (script === 'test' || script === 'start'),
    how: 'the script is in package.json, the suites in scripts/suites.ts, the variables are read by a test',
    check: ({ words, variables }) => scriptMissing(words[1]) ?? unknownSuite(words.slice(2)) ?? unread(variables),
  },
  {
    name: 'npm run bench -- NAME',
    fits: startsWith('npm run bench'),
    how: 'tests/bench/main.ts knows the name',
    check: ({ words }) => scriptMissing(words[2]) ?? unknownBench(words.slice(3).filter(word => word !== '--')),
  },
  {
    name: 'npm run SCRIPT',
    fits: startsWith('npm run'),
    how: 'the script is in package.json; arguments are only given to `cluster`, which runs any command',
    check: ({ words: [, , script, ...args] }) =>
      scriptMissing(script) ?? (args.length > 0 && script !== 'cluster' ? `${script} takes no arguments` : undefined),
  },
  {
    name: 'npm install --global l7mesh',
    fits: startsWith('npm install --global'),
    how: 'tests/publish/publish.test.ts installs the package; here its name is compared',
    check: ({ words }) => {
      const { name } = JSON.parse(readFileSync(join(ROOT, 'operator/package.json'), 'utf8'))
      return words.length === 4 && words[3] === name ? undefined : `the package is ${name}`
    },
  },
  {
    name: 'helm …, kubectl … in blocks of install, operations, upgrade and uninstall',
    fits: isOfWalk,
    how: 'run by tests/cluster/docs.test.ts on a real cluster',
    check: missingFile,
  },
  {
    name: 'helm …, kubectl … in blocks of other pages',
    fits: ({ words: [program], from }) => from === 'block' && (program === 'helm' || program === 'kubectl'),
    how: 'the same command, but for --wait, is in one of the pages of the walk',
    check: command => missingFile(command) ?? (isInWalk(command) ? undefined : `none of ${WALK.join(', ')} has it`),
  },
  IN_SENTENCE,
  {
    name: 'docker build, docker push',
    fits: ({ words: [program, verb] }) => program === 'docker' && (verb === 'build' || verb === 'push'),
    how: 'not run: its Dockerfile and folder exist (tests/helm/images.test.ts reads them), and what is pushed was built',
    check: ({ page, words }) => (words[1] === 'push' ? unbuilt(page, words[2] ?? '') : missingBuildFile(words)),
  },
  {
    name: 'git pull',
    fits: ({ words }) => words.join(' ') === 'git pull',
    how: 'not run',
  },
  {
    name: 'node, curl, dig under "Try it" of an example',
    fits: isTried,
    how: 'run by tests/examples/readme.test.ts while the example runs; curl and dig only where they are installed',
    check: missingScript,
  },
  {
    name: 'node FILE',
    fits: ({ words: [program, file = ''] }) => program === 'node' && !file.startsWith('-'),
    how: 'not run: the file is in the repository, or is the program of l7mp',
    check: missingScript,
  },
  {
    name: 'dig …',
    fits: ({ words: [program] }) => program === 'dig',
    how: 'not run: under "Try it" of an example, a command of node or dig asks the same port',
    check: ({ words }) => unknownPort(words),
  },
  {
    name: 'nc -u 127.0.0.1 PORT',
    fits: startsWith('nc -u 127.0.0.1'),
    how: 'not run: a manifest of an example listens on the port',
    check: ({ words }) => (listensOn(words[3] ?? '') ? undefined : `no example listens on ${words[3]}`),
  },
  {
    name: 'tools of Linux',
    fits: ({ text }) => TOOLS.some(tool => tool.test(text)),
    how: 'not run: listed one by one',
  },
]

/** The first row that fits; undefined where the command is not covered. */
export function rowFor(command: ShellCommand): Row | undefined {
  return ROWS.find(({ fits }) => fits(command))
}

const TOOLS: readonly RegExp[] = [
  /^ss -ln(t|u|tu)p$/,
  /^sysctl net\.core\.rmem_max$/,
  /^wget -qO- -T \d+ http:\/\/NODE:1234\/api\/v1\/admin$/,
]

function startsWith(text: string): Row['fits'] {
  return ({ words }) => `${words.join(' ')} `.startsWith(`${text} `)
}

function cliWords(words: readonly string[]): readonly string[] | undefined {
  if (words[0] === 'l7mesh') return words.slice(1)
  return words.slice(0, 3).join(' ') === 'npm run l7mesh' ? words.slice(words[3] === '--' ? 4 : 3) : undefined
}

function isOfWalk({ page, from, words: [program = ''] }: ShellCommand): boolean {
  return WALK.some(path => path === page) && from === 'block' && ['helm', 'kubectl', 'l7mesh', 'for'].includes(program)
}

function isTried({ page, from, section, words: [program = ''] }: ShellCommand): boolean {
  if (!/^examples\/[^/]+\/README\.md$/.test(page) || from !== 'block') return false
  return section.includes('Try it') && ['node', 'curl', 'dig', 'for'].includes(program)
}

function isInWalk({ words }: ShellCommand): boolean {
  const bare = (all: readonly string[]) => all.filter(word => word !== '--wait').join(' ')
  return walked.some(command => bare(command.words) === bare(words))
}

function scriptMissing(script = ''): string | undefined {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  return script in scripts ? undefined : `package.json has no script ${script}`
}

function unknownSuite([dashes, ...args]: readonly string[]): string | undefined {
  if (dashes !== undefined && dashes !== '--') return 'arguments of a script come after --'
  const isKnown = (arg: string) => arg === '--required' || SUITES.some(({ name }) => name === arg)
  return args.filter(arg => !isKnown(arg)).map(arg => `there is no suite ${arg}`)[0]
}

/** A program of tests reads each variable. */
function unread(variables: readonly string[]): string | undefined {
  const sources = FILES.filter(path => /\.ts$/.test(path) && !path.startsWith('tests/docs/'))
  const isRead = (name: string) => sources.some(path => readFileSync(join(ROOT, path), 'utf8').includes(`env.${name}`))
  return variables
    .map(variable => variable.split('=')[0] ?? '')
    .filter(name => !isRead(name))
    .map(name => `nothing reads ${name}`)[0]
}

/** The program names the first argument that it does not know: another one after them is named only where they are known. */
function unknownBench(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined
  const last = 'no-such-bench'
  const { stderr } = spawnSync(process.execPath, ['tests/bench/main.ts', ...names, last], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  return stderr.includes(last) ? undefined : stderr
}

function missingFile({ words }: ShellCommand): string | undefined {
  const isFile = (word: string, at: number) =>
    word.includes('/') && (words[at - 1] === '-f' || /^(?:examples|helm)\//.test(word))
  const files = words.filter(isFile)
  return files.filter(file => !existsSync(join(ROOT, file))).map(file => `there is no ${file}`)[0]
}

function missingBuildFile(words: readonly string[]): string | undefined {
  const file = words[words.findIndex(word => word === '-f' || word === '--file') + 1] ?? ''
  const missing = [words.at(-1) ?? '', ...(file === '-' ? [] : [file])].find(path => !existsSync(join(ROOT, path)))
  return missing === undefined ? undefined : `there is no ${missing}`
}

function unbuilt(page: string, image: string): string | undefined {
  const builds = commandsOf(pageAt(page)).filter(({ words }) => words[1] === 'build')
  return builds.some(({ words }) => words.includes(image)) ? undefined : `the page does not build ${image}`
}

/** The program of l7mp is the one name that is not a path from the root. */
function missingScript({ words: [program, file = ''] }: ShellCommand): string | undefined {
  if (program !== 'node' || file === '-e' || file === 'l7mp-proxy.js') return undefined
  return FILES.includes(file) ? undefined : `there is no ${file}`
}

function unknownPort(words: readonly string[]): string | undefined {
  const at = words.indexOf('-p')
  if (at < 0) return undefined
  const port = words[at + 1] ?? ''
  const examples = PAGES.flatMap(commandsOf).filter(isTried)
  return examples.some(({ text }) => text.includes(port)) ? undefined : `no example is asked at port ${port}`
}

function listensOn(port: string): boolean {
  const manifests = FILES.filter(path => /^examples\/.*\.yaml$/.test(path))
  return manifests.some(path => new RegExp(`\\bport: ${port}\\b`).test(readFileSync(join(ROOT, path), 'utf8')))
}
