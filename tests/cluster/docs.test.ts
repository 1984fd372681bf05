/**
 * The commands of docs/install.md, operations.md, upgrade.md and uninstall.md, as they stand there and in the order of the
 * pages, on a real cluster with real helm and kubectl: each ends with 0. What is not run as it stands is in STEPS, with
 * the reason. Two sections come last: the migration from the original operator, because it begins without l7mesh, and the
 * cleanup of the proxies, because it needs the releases that the migration has installed.
 */
import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { IN_SENTENCE, rowFor, WALK, walked } from '../docs/coverage.ts'
import { PAGES, pageAt, ROOT } from '../docs/pages.ts'
import { commandsOf, placeOf, type ShellCommand } from '../docs/shell.ts'
import { type Cluster, type Ran, startCluster } from './cluster.ts'
import { tools } from './tools.ts'

const MIGRATION = 'From the original l7mp operator'
const CLEANUP = 'What the operator made on the proxies'
const LAST_SECTIONS: readonly string[] = [MIGRATION, CLEANUP]

/** The release and namespace that stand for those of the original operator. */
const ORIGINAL = { release: 'original', namespace: 'l7mp-original' }

/** Proxies that end stay for their UDP sessions, such as those of `helm test`: here not for long. */
const SHORT_GRACE = '--set=terminationGracePeriodSeconds=2'

let cluster: Cluster
/** Where the commands run: the folders of the clone that they name, the programs in `bin`, and the files that they write. */
let folder: string
beforeAll(async () => {
  cluster = await startCluster()
  folder = join(cluster.folder, 'clone')
  await mkdir(join(folder, 'bin'), { recursive: true })
  for (const name of ['crds', 'examples', 'helm']) await symlink(join(ROOT, name), join(folder, name))
  const { kube, helm } = await tools(() => {})
  const programs = {
    helm: [helm],
    kubectl: kube.kubectl,
    l7mesh: [process.execPath, cluster.operator()],
  }
  for (const [name, words] of Object.entries(programs)) {
    const command = words.map(word => `'${word}'`).join(' ')
    await writeFile(join(folder, 'bin', name), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 })
  }
})
afterAll(() => cluster?.stop())

/** Longer than any command of the pages waits where all is well. */
const TIMEOUT_MS = 120_000

/** Runs a line of shell code in the folder; resolves whatever its exit code is. */
function shell(text: string): Promise<Ran> {
  const { promise, resolve } = Promise.withResolvers<Ran>()
  const path = `${join(folder, 'bin')}:${process.env.PATH}`
  const env = { ...process.env, PATH: path, KUBECONFIG: cluster.kubeconfig, HOME: folder, XDG_CACHE_HOME: '' }
  execFile('sh', ['-euc', text], { cwd: folder, env, timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
    resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr })
  })
  return promise
}

async function succeed(text: string): Promise<string> {
  const ran = await shell(text)
  if (ran.code !== 0) expect.fail(said(text, ran))
  return ran.stdout
}

function said(text: string, { code, stdout, stderr }: Ran): string {
  return `${text}\nended with ${code}:\n${stdout}${stderr}`
}

type Step = {
  /** Of the page: what the command is or begins with, and its page where others have it too. */
  readonly command: string
  readonly page?: (typeof WALK)[number]
  readonly before?: () => Promise<unknown>
  /** What runs in its place. Default: the command */
  readonly text?: (command: string) => string | Promise<string>
  readonly after?: (ran: Ran) => Promise<unknown>
  /** Default: 0 */
  readonly code?: number
  /** It runs after all others of its section. Default: where it stands */
  readonly afterSection?: true
}

const STEPS: readonly Step[] = [
  { command: 'helm install l7mp-ingress', text: command => `${command} ${SHORT_GRACE}` },
  {
    // As the page says of several releases, and of the namespaces that must exist.
    command: 'helm install shop',
    before: () => succeed('kubectl create namespace shop && kubectl create namespace games'),
    text: command => `${command} --set crds.install=false`,
    after: () => succeed('helm uninstall shop --namespace shop'),
  },
  {
    // It shows a refusal, whose words are those of the page.
    command: 'kubectl apply -f game.yaml',
    before: writeGame,
    code: 1,
    after: async ({ stderr }) => {
      const shown = pageAt('docs/install.md').blocks.find(({ code }) => code.includes('kubectl apply -f game.yaml'))
      const output = (shown?.code.split('\n').slice(1).join(' ') ?? '').split(', …')[0] ?? ''
      expect(stderr.replace(/\s+/g, ' ')).toContain(output.trim())
    },
  },
  {
    // The release has installed them; by hand they are installed instead.
    command: 'kubectl apply -f crds/crds -f crds/policies',
    text: command => `${command} --dry-run=server`,
  },
  {
    command: 'kubectl -n l7mp-system delete pod POD',
    text: async command => {
      const pods = await succeed('kubectl -n l7mp-system get pods -l app=l7mp-ingress -o name')
      return command.replace('pod POD', pods.split('\n')[0] ?? '')
    },
  },
  // It says by its exit code that there is something to remove.
  { command: 'l7mesh cleanup --dry-run', code: 1 },
  {
    // The first of the migration.
    command: 'kubectl get virtualservices,targets,rules,routes -A -o yaml',
    page: 'docs/upgrade.md',
    before: installOriginal,
  },
  {
    command: 'helm uninstall RELEASE --namespace NAMESPACE',
    text: command => command.replace('RELEASE', ORIGINAL.release).replace('NAMESPACE', ORIGINAL.namespace),
    after: async () => expect(await succeed('kubectl get vsvc -A -o name')).toBe('virtualservice.l7mp.io/kube-dns\n'),
  },
  {
    // As the page says: after step 4, where the CRDs, and with them the resources, were deleted anyway.
    command: 'kubectl apply -f l7mp-resources.yaml',
    afterSection: true,
    before: () => succeed('kubectl -n dns delete vsvc kube-dns'),
    after: () => succeed('kubectl -n dns wait --for=condition=Programmed vsvc/kube-dns --timeout=60s'),
  },
]

/** Commands in sentences that are steps of the pages too. */
const IN_SENTENCES: ReadonlySet<string> = new Set([
  'helm list -A',
  'helm rollback l7mp-operator --namespace l7mp-system',
  'kubectl apply -f l7mp-resources.yaml',
  'l7mesh cleanup --dry-run',
  'l7mesh cleanup --finalizers',
  'l7mesh validate -A',
  'l7mesh validate l7mp-resources.yaml',
])

/** The game of the examples, with the mistake that the page shows. */
async function writeGame(): Promise<void> {
  const game = await readFile(join(ROOT, 'examples/udp-over-websocket/game.yaml'), 'utf8')
  const wrong = (game.split(/^---$/m)[0] ?? '').replace('matchLabels:', 'matchLabel:').replace(/namespace: \S+/, '')
  await writeFile(join(folder, 'game.yaml'), wrong)
}

/** A release with its CRDs where the original's chart had them, and a resource with its finalizer; nothing of l7mesh. */
async function installOriginal(): Promise<void> {
  await succeed('helm uninstall l7mp-ingress --namespace l7mp-system --wait --ignore-not-found')
  const chart = join(folder, 'original')
  await cp(join(ROOT, 'crds/crds'), join(chart, 'crds'), { recursive: true })
  await writeFile(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: original\nversion: 0.0.1\n')
  await succeed(`helm install ${ORIGINAL.release} original --namespace ${ORIGINAL.namespace} --create-namespace`)
  await succeed('kubectl wait --for=condition=Established --timeout=120s crd/virtualservices.l7mp.io')
  await succeed('kubectl apply -f examples/kube-dns/virtualservice.yaml')
  const patch = JSON.stringify({ metadata: { finalizers: ['operator.l7mp.io/kopf-finalizer'] } })
  await succeed(`kubectl -n dns patch vsvc kube-dns --type=merge --patch='${patch}'`)
}

function stepOf({ page, text }: ShellCommand): Step | undefined {
  return STEPS.find(step => text.startsWith(step.command) && (step.page ?? page) === page)
}

async function run(command: ShellCommand): Promise<void> {
  const step = stepOf(command)
  await step?.before?.()
  const text = (await step?.text?.(command.text)) ?? command.text
  const ran = await shell(text)
  if (ran.code !== (step?.code ?? 0)) expect.fail(said(text, ran))
  await step?.after?.(ran)
}

const inSentences = WALK.flatMap(path => commandsOf(pageAt(path))).filter(
  ({ from, text }) => from === 'span' && IN_SENTENCES.has(text),
)

const PLACES: readonly string[] = WALK

/** In lines; no page is as long. */
const LONGEST_PAGE = 10_000

/** In the order of the pages, but for the sections that come last. */
const steps = [...walked, ...inSentences].toSorted((a, b) => rank(a) - rank(b))

function rank(command: ShellCommand): number {
  const { page, section, line } = command
  const last = LAST_SECTIONS.findIndex(title => section.includes(title))
  const place = last < 0 ? PLACES.indexOf(page) : WALK.length + last
  return place * LONGEST_PAGE + (stepOf(command)?.afterSection ? LONGEST_PAGE - 1 : line)
}

describe('the pages for administrators', () => {
  it.each(steps.map(command => ({ name: placeOf(command), command })))('$name', ({ command }) => run(command))

  it.each(LAST_SECTIONS)('have the section "%s"', title => {
    expect(steps.some(({ section }) => section.includes(title))).toBe(true)
  })

  it.each(STEPS)('have the command $command', step => {
    expect(steps.some(command => stepOf(command) === step)).toBe(true)
  })

  it.each([...IN_SENTENCES])('have %s in a sentence', text => {
    expect(inSentences.some(command => command.text === text)).toBe(true)
  })
})

/** `kubectl get` of `kubectl -n NAMESPACE get …`: the first word that is no flag and no value of `-n`. */
function verbOf([program = '', ...words]: readonly string[]): string {
  const isValue = (at: number) => ['-n', '--namespace'].includes(words[at - 1] ?? '')
  return `${program} ${words.find((word, at) => !word.startsWith('-') && !isValue(at))}`
}

describe('helm and kubectl commands in sentences', () => {
  const mentioned = PAGES.flatMap(commandsOf)
    .filter(command => rowFor(command) === IN_SENTENCE)
    .map(command => ({ name: placeOf(command), words: command.words, verb: verbOf(command.words) }))
  const help = new Map<string, string>()
  beforeAll(async () => {
    const ofAll = await succeed('kubectl options')
    for (const verb of new Set(mentioned.map(command => command.verb))) {
      const own = await succeed(`${verb} --help`)
      // For an unknown command too, helm and kubectl show a help: that of all commands.
      expect(own).toContain(`${verb} `)
      help.set(verb, own + ofAll)
    }
  })

  it.each(mentioned)('$name', ({ words, verb }) => {
    const end = words.indexOf('--')
    const flags = words.slice(0, end < 0 ? undefined : end).filter(word => /^--?[a-zA-Z]/.test(word))
    for (const flag of flags.map(word => word.split('=')[0] ?? ''))
      expect(help.get(verb)).toMatch(new RegExp(`(?<!\\S)${flag}\\b`))
  })
})
