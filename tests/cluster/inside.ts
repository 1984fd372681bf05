/**
 * The process of `npm run cluster` that runs the cluster: it is in private namespaces (in-namespaces.sh) and exposes
 * the API server through a socket file.
 *
 *     node inside.ts TASK       a Task, as JSON
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, symlink } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { type Cluster, startCluster } from './cluster.ts'
import { API_ADDRESS, API_PORT } from './control-plane.ts'
import { forward } from './forward.ts'
import { tools } from './tools.ts'

export type Task = {
  readonly nodes: number
  readonly images: readonly string[]
  /**
   * The command, which runs in the cluster's network; the cluster stops when it exits. Empty: the cluster runs until it
   * is stopped.
   */
  readonly command: readonly string[]
}

/** The message to its parent when the cluster is ready. */
export type Up = {
  /** A folder that is deleted with the cluster. */
  readonly folder: string
  /** The socket file of the API server. */
  readonly socket: string
  /** A kubeconfig that is valid inside. */
  readonly kubeconfig: string
  /** A folder with kubectl and helm. */
  readonly programs: string
}

const task: Task = JSON.parse(process.argv[2] ?? '{}')
const { promise: told, resolve: end } = Promise.withResolvers<void>()
// If the parent exits for any reason, the cluster is not needed any more.
process.once('disconnect', end)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end())

const say = (line: string) => void process.stderr.write(`${line}\n`)
const cluster = await startCluster({ nodes: task.nodes, images: task.images, say }).catch((error: unknown) => {
  say(`the cluster did not start: ${error instanceof Error ? error.message : error}`)
  process.exit(1)
})
try {
  const up = await opened(cluster)
  process.send?.(up)
  process.exitCode = task.command.length > 0 ? await run(task.command, up) : await told.then(() => 0)
} finally {
  await cluster.stop()
}
// The cluster has stopped: open handles do not matter.
process.exit()

async function opened({ folder, kubeconfig }: Cluster): Promise<Up> {
  const socket = join(folder, 'api.sock')
  await forward({ path: socket }, { host: API_ADDRESS, port: API_PORT })
  const { kube, helm } = await tools(say)
  const programs = join(folder, 'bin')
  await mkdir(programs)
  // Ours is the part of it that it is started as.
  await symlink(kube.kubectl[0], join(programs, 'kubectl'))
  await symlink(helm, join(programs, 'helm'))
  return { folder, socket, kubeconfig, programs }
}

async function run([file = '', ...args]: readonly string[], { kubeconfig, programs }: Up): Promise<number> {
  const PATH = [programs, process.env.PATH].join(delimiter)
  const child = spawn(file, args, { env: { ...process.env, PATH, KUBECONFIG: kubeconfig }, stdio: 'inherit' })
  const stop = () => child.kill('SIGTERM')
  void told.then(stop)
  const failed = once(child, 'error').then(([error]) => {
    say(`${file} could not be started: ${error.message}`)
    return [127]
  })
  const [code] = await Promise.race([once(child, 'exit'), failed])
  return code ?? 1
}
