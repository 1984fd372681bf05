/**
 * A real Kubernetes cluster without containers: real etcd, API server, controllers and scheduler (`control-plane.ts`),
 * three nodes that are network namespaces, and the pod runner of `l7mesh up` instead of the kubelet (`kubelet/`).
 *
 * Runs in private network and mount namespaces, which the tests of tests/cluster get (vitest.config.ts): from there,
 * every node and pod is reachable at its address, and nothing of it is visible from outside.
 */
import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { connectKube, type KubeClient } from '../../operator/src/kube/kube-client.ts'
import { bridgeNetwork } from '../../operator/src/local/network/bridge.ts'
import { BRIDGE } from '../../operator/src/local/network/namespaces.ts'
import { type OpenHost, openPodHost } from '../../operator/src/local/pod/host.ts'
import { proxyScript } from '../../operator/src/local/pod/proxy-command.ts'
import type { LogLine } from '../../operator/src/local/process/logs.ts'
import type { Variables } from '../../operator/src/variables.ts'
import { PATIENCE } from '../support/until.ts'
import { API_ADDRESS, API_PORT, type ControlPlane, startControlPlane } from './control-plane.ts'
import { type ClusterNode, type Kubelet, startKubelet } from './kubelet/kubelet.ts'
import { type LogServer, serveLogs } from './kubelet/logs.ts'
import { enterMountNamespace, type MountNamespace } from './mount-namespace.ts'
import { operatorProgram } from './operator-program.ts'
import { KUBERNETES_VERSION, type Tools, tools } from './tools.ts'

export type ClusterOptions = {
  /** `node-1` and on. Default: 3 */
  readonly nodes?: number
  /**
   * Folders that contain the folders of images `l7mesh.local/NAME`, searched in this order before those of the
   * repository's examples.
   */
  readonly images?: readonly string[]
  /** The node monitor grace period, in seconds. Default: 40 */
  readonly nodeGraceSeconds?: number
  /** The enabled controllers, by their names in kube-controller-manager. Default: its defaults */
  readonly controllers?: readonly string[]
  /** Called with each line of output of a container. */
  readonly onLine?: (line: LogLine) => void
  /** Reports progress during startup, for users. */
  readonly say?: (line: string) => void
}

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string }
export type RunOptions = { readonly input?: string; readonly cwd?: string; readonly timeoutMs?: number }

export type Cluster = {
  /** The kubeconfig of an administrator, valid within the cluster's namespaces. */
  readonly kubeconfig: string
  /** The client of the administrator. */
  readonly client: KubeClient
  readonly nodes: readonly ClusterNode[]
  readonly controlPlane: ControlPlane
  /** A folder for files that is deleted with the cluster. */
  readonly folder: string
  /** The bundled operator, for `node`. Throws if it could not be bundled. */
  operator(): string
  /** Runs real kubectl. Resolves with any exit code. */
  kubectl(args: readonly string[], options?: RunOptions): Promise<Ran>
  /** Runs real helm, the latest version. */
  helm(args: readonly string[], options?: RunOptions): Promise<Ran>
  /** Runs the latest helm 3. */
  helm3(args: readonly string[], options?: RunOptions): Promise<Ran>
  /**
   * The command that runs `words` in the network of a node (`node-1`) or pod (`NAMESPACE/NAME`). Throws if it does not
   * exist.
   */
  enter(where: string, words: readonly string[]): readonly string[]
  /** Runs it. */
  run(where: string, words: readonly string[], options?: RunOptions): Promise<Ran>
  /** The logs of a pod's containers, as `kubectl logs` shows them, but also of a deleted pod. */
  log(pod: string, container: string): Promise<string>
  stop(): Promise<void>
}

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url))

/** Resolves when all nodes accept pods. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const say = options.say ?? (line => process.stderr.write(`${line}\n`))
  const programs = await tools(say)
  const undo: (() => Promise<void>)[] = []
  const stop = async () => {
    const failed: unknown[] = []
    for (const step of undo.splice(0).reverse()) await step().catch(error => failed.push(error))
    if (failed.length > 0) throw new AggregateError(failed, 'not all of the cluster could be put away')
  }
  try {
    return await assemble(options, programs, undo, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

async function assemble(
  options: ClusterOptions,
  programs: Tools,
  undo: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<Cluster> {
  const mountNamespace = await enterMountNamespace()
  undo.push(mountNamespace.leave)
  const opened = await openHost(options, mountNamespace)
  undo.push(removeBridge, opened.close)
  const { host } = opened
  const bundling = operatorIn(mountNamespace)
  const controlPlane = await startControlPlane({
    kube: programs.kube,
    folder: join(host.folder, 'control-plane'),
    reaper: host.reaper,
    environment: variables(),
    nodeGraceSeconds: options.nodeGraceSeconds ?? 40,
    ...(options.controllers && { controllers: options.controllers }),
  })
  undo.push(controlPlane.stop)
  const client = await connectKube({ kubeconfig: controlPlane.kubeconfig, variables: {} })
  undo.push(client.close.bind(client))
  const logs = await logServer(controlPlane, host.logs.file)
  undo.push(logs.close)
  const operator = await bundling
  const kubelet = await startKubelet({
    client,
    host,
    nodes: Array.from({ length: options.nodes ?? 3 }, (_, index) => `node-${index + 1}`),
    images: {
      folders: await imageFolders(options, mountNamespace),
      operator: () => dirname(operator()),
      proxy: dirname(host.proxyScript),
    },
    apiVariables: [
      { name: 'KUBERNETES_SERVICE_HOST', value: API_ADDRESS },
      { name: 'KUBERNETES_SERVICE_PORT', value: `${API_PORT}` },
      { name: 'KUBERNETES_SERVICE_PORT_HTTPS', value: `${API_PORT}` },
    ],
    logs: { address: API_ADDRESS, port: logs.port },
    version: KUBERNETES_VERSION,
  })
  undo.push(kubelet.stop)
  await untilPodsCanStart(client, kubelet)
  const made = { client, controlPlane, nodes: kubelet.nodes, operator, stop }
  return { ...surface(programs, opened, controlPlane, kubelet), ...made }
}

async function openHost(options: ClusterOptions, mountNamespace: MountNamespace): Promise<OpenHost> {
  const network = await bridgeNetwork(variables())
  const { PATH = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin' } = variables()
  const opened = await openPodHost({
    network,
    // Containers do not inherit the environment of this process.
    environment: { PATH, HOME: '/', LANG: 'C.UTF-8' },
    proxyScript: await mountNamespace.readable(proxyScript()),
    node: await mountNamespace.readable(process.execPath),
    ...(options.onLine && { onLine: options.onLine }),
  })
  return opened
}

/** Network namespaces disappear with their last process; the bridge is in the namespace of this process. */
async function removeBridge(): Promise<void> {
  await promisify(execFile)('ip', ['link', 'delete', BRIDGE])
}

/** Returns the path of the program. A bundling failure is reported only when it is used. */
async function operatorIn({ open }: MountNamespace): Promise<() => string> {
  const file = join(open, 'operator', 'l7mesh.mjs')
  const failure = await operatorProgram(file).then(
    () => undefined,
    (error: unknown) => error,
  )
  return () => {
    if (failure !== undefined) throw new Error('the operator could not be bundled', { cause: failure })
    return file
  }
}

async function imageFolders({ images = [] }: ClusterOptions, { readable }: MountNamespace): Promise<readonly string[]> {
  const entries = await readdir(EXAMPLES, { withFileTypes: true })
  const examples = entries.filter(entry => entry.isDirectory()).map(({ name }) => join(EXAMPLES, name))
  return Promise.all([...images, ...examples].map(readable))
}

async function logServer({ certificates }: ControlPlane, file: OpenHost['host']['logs']['file']): Promise<LogServer> {
  const [certificate, key] = await Promise.all([readFile(certificates.certificate), readFile(certificates.key)])
  return serveLogs({ address: API_ADDRESS, certificate, key, file })
}

/**
 * The controllers remove the taints of new nodes, and create the service account and the CA certificate of each
 * namespace.
 */
async function untilPodsCanStart(client: KubeClient, { nodes }: Kubelet): Promise<void> {
  const end = performance.now() + PATIENCE
  for (;;) {
    const [{ items }, found] = await Promise.all([
      client.request({ path: '/api/v1/nodes' }) as Promise<{ items: { spec: { taints?: unknown } }[] }>,
      Promise.all(
        ['serviceaccounts/default', 'configmaps/kube-root-ca.crt'].map(path =>
          client.request({ path: `/api/v1/namespaces/default/${path}` }).catch(() => undefined),
        ),
      ),
    ])
    const open = items.filter(({ spec }) => spec.taints === undefined).length
    if (open >= nodes.length && !found.includes(undefined)) return
    if (performance.now() > end)
      throw new Error(`only ${open} of ${nodes.length} nodes accept pods after ${PATIENCE / 1000} s`)
    await sleep(50)
  }
}

function surface(programs: Tools, { host }: OpenHost, { kubeconfig }: ControlPlane, kubelet: Kubelet) {
  const home = join(host.folder, 'home')
  mkdirSync(home)
  const environment = {
    ...variables(),
    KUBECONFIG: kubeconfig,
    HOME: home,
    XDG_CACHE_HOME: '',
    XDG_CONFIG_HOME: '',
    XDG_DATA_HOME: '',
  }
  const enter = (where: string, words: readonly string[]) => {
    const place = where.includes('/') ? kubelet.place(where) : kubelet.nodes.find(({ name }) => name === where)?.place
    if (place === undefined) throw new Error(`there is no ${where.includes('/') ? 'pod' : 'node'} ${where}`)
    return place.command(words, { binds: [] })
  }
  return {
    kubeconfig,
    folder: host.folder,
    enter,
    kubectl: (args: readonly string[], options?: RunOptions) =>
      runProgram([...programs.kube.kubectl, ...args], environment, options),
    helm: (args: readonly string[], options?: RunOptions) => runProgram([programs.helm, ...args], environment, options),
    helm3: (args: readonly string[], options?: RunOptions) =>
      runProgram([programs.helm3, ...args], environment, options),
    run: (where: string, words: readonly string[], options?: RunOptions) =>
      runProgram(enter(where, words), variables(), options),
    log: (pod: string, container: string) => readFile(host.logs.file(pod, container), 'utf8').catch(() => ''),
  }
}

/** Longer than the timeouts of the programs themselves. */
const PROGRAM_TIMEOUT_MS = 300_000
const LARGEST_OUTPUT = 64 * 1024 * 1024

function runProgram([file = '', ...args]: readonly string[], env: Variables, options: RunOptions = {}): Promise<Ran> {
  const { promise, resolve } = Promise.withResolvers<Ran>()
  const { input, cwd, timeoutMs = PROGRAM_TIMEOUT_MS } = options
  const limits = { env: { ...env }, timeout: timeoutMs, maxBuffer: LARGEST_OUTPUT, ...(cwd !== undefined && { cwd }) }
  const child = execFile(file, args, limits, (error, stdout, stderr) => {
    const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
    const ended = error?.killed ? `${file} was ended after ${timeoutMs / 1000} s\n` : ''
    resolve({ code, stdout, stderr: ended + (stderr || (error?.message ?? '')) })
  })
  // A program that does not read its input may exit before it is written.
  child.stdin?.on('error', () => {})
  child.stdin?.end(input)
  return promise
}

function variables(): Variables {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
