/**
 * `npm run cluster`: starts a cluster for experiments, or to run a command against.
 *
 * This process is in the network of the machine, where the user's kubectl is. The cluster runs in another process,
 * `inside.ts`, in private namespaces; a socket file connects them.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { SUITES } from '../../scripts/suites.ts'
import { API_URL } from './control-plane.ts'
import { forward } from './forward.ts'
import type { Task, Up } from './inside.ts'
import { KUBERNETES_VERSION, tools } from './tools.ts'

const HELP = `A real Kubernetes ${KUBERNETES_VERSION} on this machine, without containers: etcd, API server, controllers, scheduler, and nodes
that are network namespaces, in which pods run as processes. It leaves nothing behind when it stops.

    npm run cluster                          runs until Ctrl-C
    npm run cluster -- kubectl get nodes     runs a command in the cluster's network, then stops

    --nodes N       the number of nodes (default: 3)
    --images DIR    a folder with the folders of images l7mesh.local/NAME (repeatable); defaults include the examples
    --port N        the port of the API server on 127.0.0.1 (default: any free port)
    --help          show this help
`

class UsageError extends Error {}

const say = (line: string) => process.stderr.write(`${line}\n`)

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  say(`npm run cluster: ${error.message}`)
  process.exitCode = 2
}

async function main(words: readonly string[]): Promise<number> {
  const { own, command } = divided(words)
  const { help, nodes, images, port } = optionsOf(own)
  if (help) {
    process.stdout.write(HELP)
    return 0
  }
  const lacking = SUITES.find(({ name }) => name === 'cluster')?.missing()
  if (lacking !== undefined) throw new UsageError(`a cluster is not supported on this machine: ${lacking}`)
  await tools(say)
  return run({ nodes: count('--nodes', nodes, 1), images, command }, count('--port', port, 0))
}

/** The command starts with the first argument that is not an option. */
function divided(words: readonly string[]) {
  const takesValue = (word: string | undefined) => word !== undefined && /^--(nodes|images|port)$/.test(word)
  const at = words.findIndex((word, index) => !word.startsWith('--') && !takesValue(words[index - 1]))
  return at < 0 ? { own: words, command: [] } : { own: words.slice(0, at), command: words.slice(at) }
}

function optionsOf(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        nodes: { type: 'string', default: '3' },
        images: { type: 'string', multiple: true, default: [] },
        port: { type: 'string', default: '0' },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error} (see --help)`, { cause: error })
  }
}

function count(option: string, text: string, least: number): number {
  if (/^\d{1,5}$/.test(text) && Number(text) >= least) return Number(text)
  throw new UsageError(`${option} must be a number, ${least} or more: ${text}`)
}

/** Resolves with the exit code. */
async function run(task: Task, port: number): Promise<number> {
  const child = startInside(task)
  const ended = once(child, 'exit')
  // Ctrl-C also reaches the child, which stops the cluster; then this process exits.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  const up = await Promise.race([once(child, 'message').then(([message]): Up => message), ended.then(() => undefined)])
  if (up !== undefined && task.command.length === 0) {
    await open(up, child.pid, task, port).catch((error: unknown) => {
      child.kill('SIGTERM')
      throw error
    })
  }
  const [code] = await ended
  return code ?? 1
}

function startInside(task: Task): ChildProcess {
  const file = (name: string) => fileURLToPath(new URL(name, import.meta.url))
  return spawn(file('./in-namespaces.sh'), [file('./inside.ts'), JSON.stringify(task)], {
    env: { ...process.env, L7MESH_NODE: process.execPath },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
}

/** Gives access to users: a port, a kubeconfig for it, and suggestions. */
async function open(up: Up, pid: number | undefined, { nodes }: Task, wanted: number): Promise<void> {
  const port = await forward({ host: '127.0.0.1', port: wanted }, { path: up.socket })
  const kubeconfig = join(up.folder, 'kubeconfig')
  const inner = await readFile(up.kubeconfig, 'utf8')
  await writeFile(kubeconfig, inner.replace(API_URL, `https://127.0.0.1:${port}`), { mode: 0o600 })
  const user = process.getuid?.() === 0 ? '' : '--user --preserve-credentials '
  process.stdout.write(`A Kubernetes ${KUBERNETES_VERSION} cluster with ${nodes} nodes is running. In another terminal:

    export KUBECONFIG=${kubeconfig} PATH=${up.programs}:$PATH
    kubectl apply -R -f crds/crds -f crds/policies -f examples/kube-dns
    kubectl get pods -A -o wide

Nodes and pods are reachable at their addresses inside the cluster's network. To open a shell in it:

    nsenter --target=${pid} ${user}--net --mount

Ctrl-C stops the cluster and leaves nothing behind.
`)
}
