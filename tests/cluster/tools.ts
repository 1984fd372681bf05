/**
 * The real programs of a cluster, built from source by Go and cached: `kube` (control-plane/: etcd, API server,
 * controllers and scheduler in one program), `kubectl` and `helm`. The repository contains no binaries; each is built
 * once into the user's cache, under a name that depends on its inputs.
 *
 *     node tests/cluster/tools.ts      builds missing programs and prints all paths
 */
import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type KubePrograms, kubePrograms } from './kube-programs.ts'

export type Tools = { readonly kube: KubePrograms; readonly helm: string; readonly helm3: string }

/** The version that the control plane reports, which is that of the module `k8s.io/kubernetes` in its go.mod. */
export const KUBERNETES_VERSION = 'v1.36.3'
const KUBERNETES = { version: KUBERNETES_VERSION, major: '1', minor: '36' }
const HELM_4 = { package: 'helm.sh/helm/v4/cmd/helm', version: 'v4.3.1' }
const HELM_3 = { package: 'helm.sh/helm/v3/cmd/helm', version: 'v3.22.0' }

type Recipe = {
  readonly file: string
  readonly what: string
  /** An estimate for two cores and an empty cache of Go. */
  readonly minutes: number
  /** Builds the file `made` into an empty folder. */
  build(folder: string): Promise<void>
  readonly made: string
}

/** Rejects if Go is missing, or if a build fails: the message has the output of Go. */
export async function tools(say: (line: string) => void): Promise<Tools> {
  const go = await goVersion()
  const [controlPlane, kubectl] = await Promise.all([kubeRecipe('kube', go), kubeRecipe('kubectl', go)])
  const kube = await kubePrograms({ kube: () => had(controlPlane, say), kubectl: () => had(kubectl, say) })
  return { kube, helm: await had(helmRecipe(HELM_4, go), say), helm3: await had(helmRecipe(HELM_3, go), say) }
}

/** Only helm, for tests without a cluster. */
export async function helmProgram(say: (line: string) => void): Promise<string> {
  return had(helmRecipe(HELM_4, await goVersion()), say)
}

async function goVersion(): Promise<string> {
  const asked = promisify(execFile)('go', ['env', 'GOVERSION'], { cwd: CONTROL_PLANE, env: goEnvironment() })
  const { stdout } = await asked.catch((cause: unknown) => {
    throw new Error('Go is not installed, but is required to build Kubernetes and helm: https://go.dev/dl', { cause })
  })
  return stdout.trim()
}

const CONTROL_PLANE = fileURLToPath(new URL('./control-plane', import.meta.url))

/** Programs that share modules, in build order: the second finds most of them compiled. */
const KUBE_PROGRAMS = {
  kube: { source: '.', what: `the Kubernetes ${KUBERNETES_VERSION} control plane`, minutes: 5 },
  kubectl: { source: './kubectl', what: `kubectl ${KUBERNETES_VERSION}`, minutes: 1 },
} as const

async function kubeRecipe(made: keyof typeof KUBE_PROGRAMS, go: string): Promise<Recipe> {
  const { source, what, minutes } = KUBE_PROGRAMS[made]
  const hash = createHash('sha256').update(`${go} ${JSON.stringify(KUBERNETES)}`)
  for (const file of ['go.mod', 'go.sum', join(source, 'main.go')])
    hash.update(await readFile(join(CONTROL_PLANE, file)))
  const versions = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap(place => [
    `-X ${place}.gitVersion=${KUBERNETES.version}`,
    `-X ${place}.gitMajor=${KUBERNETES.major}`,
    `-X ${place}.gitMinor=${KUBERNETES.minor}`,
  ])
  return {
    file: `${made}-${KUBERNETES.version}-${hash.digest('hex').slice(0, 12)}`,
    what,
    minutes,
    made,
    build: folder =>
      runGo(['build', '-trimpath', '-ldflags', ['-s', '-w', ...versions].join(' '), '-o', join(folder, made), source]),
  }
}

const helmRecipe = ({ package: source, version }: typeof HELM_4, go: string): Recipe => ({
  file: `helm-${version}-${go}`,
  what: `helm ${version}`,
  minutes: 2,
  made: 'helm',
  build: folder => runGo(['install', '-trimpath', `${source}@${version}`], { GOBIN: folder }),
})

/** Builds into a temporary folder and renames it, so that of two concurrent builds the later one wins. */
async function had(recipe: Recipe, say: (line: string) => void): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'l7mesh')
  await mkdir(cache, { recursive: true })
  const file = join(cache, recipe.file)
  if (existsSync(file)) return file
  say(`Building ${recipe.what} from source (once; about ${recipe.minutes} minutes on two cores) ...`)
  const began = performance.now()
  const folder = await mkdtemp(join(cache, '.building-'))
  try {
    await recipe.build(folder)
    await chmod(join(folder, recipe.made), 0o755)
    await rename(join(folder, recipe.made), file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  say(`Built ${recipe.what} in ${Math.round((performance.now() - began) / 1000)} s: ${file}`)
  return file
}

/** A Go older than the version in go.mod downloads that version, if it can. */
const goEnvironment = () => ({ ...process.env, GOTOOLCHAIN: process.env.GOTOOLCHAIN ?? 'auto' })

async function runGo(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<void> {
  const env = { ...goEnvironment(), ...environment }
  const child = spawn('go', args, { cwd: CONTROL_PLANE, env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', chunk => (said += chunk))
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  child.once('error', reject)
  child.once('close', resolve)
  const code = await promise
  if (code !== 0) throw new Error(`go ${args[0]} ended with ${code}:\n${said.split('\n').slice(-20).join('\n')}`)
}

const sayAloud = (line: string) => void process.stderr.write(`${line}\n`)

/** Vitest calls this once for each project that needs it, before its first test, so that no test waits for a build. */
export async function setup({ name }: { readonly name: string }): Promise<void> {
  await (name === 'helm' ? helmProgram(sayAloud) : tools(sayAloud))
}

if (import.meta.main) {
  const { kube, helm, helm3 } = await tools(sayAloud)
  const files = new Set([...Object.values(kube).map(([file]) => file), helm, helm3])
  process.stdout.write(`${[...files].join('\n')}\n`)
}
