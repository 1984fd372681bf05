/** Starts and probes the process of a container, from its spec and its pod's sandbox. */
import { existsSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Variables } from '../../variables.ts'
import { commandOf, environmentOf, inheritedVariables, type PodFields } from '../manifests/container-environment.ts'
import { type ContainerProbe, type ContainerSpec, isProxy, type PreStop } from '../manifests/workload.ts'
import type { Logs } from '../process/logs.ts'
import { type Command, startGroup } from '../process/process-group.ts'
import type { Reaper } from '../process/reaper.ts'
import type { ContainerTask } from './container.ts'
import { type ProbeTarget, probeCheck } from './container-probe.ts'
import { type PodSandbox, proxyPorts } from './pod-sandbox.ts'
import { watchHealth } from './probes.ts'
import { proxyCommand } from './proxy-command.ts'

/** The environment of the machine that processes need. */
export type ProcessHost = {
  readonly reaper: Reaper
  readonly logs: Logs
  readonly environment: Variables
  /** The `node` binary that runs proxies, and containers that call `node`. */
  readonly node: string
  /** The script that starts a proxy. */
  readonly proxyScript: string
  /** The preloads for proxies. */
  readonly harden: string
  readonly confine: string
  /** The DNS server for the names of Services. */
  readonly nameServer?: { readonly address: string; readonly port: number }
}

export type ContainerProcess = Pick<ContainerTask, 'start' | 'watch' | 'beforeEnd'>

/** A proxy is ready when its REST API responds. The failure threshold tolerates a busy proxy. */
const PROXY_PROBE: ContainerProbe = {
  check: { type: 'httpGet', scheme: 'http', port: 'controller', path: '/api/v1/admin', headers: {} },
  initialDelaySeconds: 0,
  periodSeconds: 2,
  timeoutSeconds: 2,
  failureThreshold: 3,
  successThreshold: 1,
}

export function containerProcess(
  container: ContainerSpec,
  pod: PodFields,
  podSandbox: PodSandbox,
  host: ProcessHost,
): ContainerProcess {
  const start = commandIn(container, pod, podSandbox, host)
  const target: ProbeTarget = {
    address: podSandbox.place.address,
    ports:
      podSandbox.proxy && isProxy(container) ? proxyPorts(container.ports, podSandbox.proxy.port) : container.ports,
    exec: (words, signal) => succeeds(start(words), host.reaper, signal),
  }
  const write = (stream: 'stdout' | 'stderr', line: string) =>
    host.logs.write({ pod: `${pod.namespace}/${pod.name}`, container: container.name, stream, line })
  const { preStop } = container
  return {
    start: () => startGroup(start(), host.reaper, write),
    ...(preStop && { beforeEnd: signal => stopHook(preStop, target, signal) }),
    watch: (signal, seen) =>
      watchHealth(isProxy(container) ? { readiness: PROXY_PROBE } : container, target, signal, seen),
  }
}

/** Failures of the hook are ignored, as in a cluster. */
async function stopHook(hook: PreStop, target: ProbeTarget, signal: AbortSignal): Promise<void> {
  if (hook.type !== 'sleep') await probeCheck(hook, target, signal)
  else await sleep(hook.seconds * 1000, undefined, { signal }).catch(() => {})
}

/** Returns a factory of commands that run in the container: its own command, or the one of a probe. */
function commandIn(container: ContainerSpec, pod: PodFields, podSandbox: PodSandbox, host: ProcessHost) {
  const inherited = inheritedVariables(host.environment, dirname(host.node))
  const environment: Variables = {
    ...environmentOf(container.env, pod, inherited),
    ...namesForConfined(container, pod, podSandbox, host),
  }
  const own = ownCommand(container, pod, podSandbox, host)
  const binds = [...podSandbox.nameFiles, ...(podSandbox.volumes.binds.get(container.name) ?? [])]
  const sandbox = { ...container.security, binds, keep: neededFolders(container, own.cwd, podSandbox, host) }
  return (probe?: readonly string[]): Command => {
    const [file, ...args] = probe ?? own.words
    const words = file === 'node' ? [host.node, ...args] : [file ?? '', ...args]
    const exists = podSandbox.place.isolated || isProgram(words[0] ?? '', own.cwd, environment.PATH ?? '')
    return { words: exists ? podSandbox.place.command(words, sandbox) : words, cwd: own.cwd, environment }
  }
}

/**
 * Whether the program exists. Checked in advance if the container sees the machine's files: if another program starts
 * it, the cause of a failure is lost.
 */
function isProgram(file: string, cwd: string, path: string): boolean {
  const places = file.includes('/') ? [resolve(cwd, file)] : path.split(delimiter).map(folder => join(folder, file))
  return places.some(place => existsSync(place))
}

/** Folders of the machine that no volume may hide. Links are resolved, as Node.js does. */
function neededFolders(container: ContainerSpec, cwd: string, { proxy }: PodSandbox, host: ProcessHost) {
  const files = proxy && isProxy(container) ? [proxy.config, host.proxyScript, host.harden] : []
  const folders = [cwd, dirname(host.node), ...files.map(file => dirname(file))]
  return [...new Set(folders.filter(existsSync).map(folder => packagesOf(realpathSync(folder))))].filter(
    folder => folder !== '/',
  )
}

/** A package also needs its siblings in node_modules. */
const packagesOf = (folder: string) => /^.*?\/node_modules(?=\/|$)/.exec(folder)?.[0] ?? folder

/** Variables for the preload of a proxy that shares the network of the machine. */
function namesForConfined(
  container: ContainerSpec,
  { namespace }: PodFields,
  { place }: PodSandbox,
  host: ProcessHost,
) {
  if (place.isolated || !isProxy(container) || host.nameServer === undefined) return {}
  const { address, port } = host.nameServer
  return { L7MESH_NAME_SERVER: `${address}:${port}`, L7MESH_NAMESPACE: namespace }
}

function ownCommand(container: ContainerSpec, pod: PodFields, podSandbox: PodSandbox, host: ProcessHost) {
  if (podSandbox.proxy === undefined || !isProxy(container)) {
    return { words: commandOf(container, pod), cwd: podSandbox.folders.get(container.name) ?? '/' }
  }
  const { args, cwd } = proxyCommand({
    config: podSandbox.proxy.config,
    script: host.proxyScript,
    harden: host.harden,
    ...(podSandbox.place.isolated ? {} : { confine: host.confine }),
    ...(container.setup && { options: container.setup.options }),
  })
  return { words: [host.node, ...args], cwd }
}

/** Whether the command exits with 0 before the signal aborts. Aborting terminates it. */
async function succeeds(command: Command, reaper: Reaper, signal: AbortSignal): Promise<boolean> {
  const group = startGroup(command, reaper, () => {})
  const end = () => void group.end(0)
  signal.addEventListener('abort', end, { once: true })
  const { code } = await group.exit
  signal.removeEventListener('abort', end)
  return code === 0 && !signal.aborted
}
