import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { processStat } from '../../operator/src/local/process/process-stat.ts'
import { until } from '../support/until.ts'
import { server, workload } from './support/objects.ts'

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))
const run = promisify(execFile)

/** A running `npm run cluster`, with pods on its nodes. */
type Running = {
  readonly main: ChildProcess
  readonly exitCode: Promise<number | null>
  readonly kubeconfig: string
  readonly kubectl: (args: readonly string[]) => Promise<string>
  /** All its processes, and their network namespaces. */
  readonly processes: readonly number[]
  readonly networks: readonly string[]
}

async function start(): Promise<Running> {
  const main = spawn(process.execPath, [MAIN, '--nodes', '2'], { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  onTestFinished(() => void (main.exitCode === null && main.kill('SIGKILL')))
  const exitCode = once(main, 'exit').then(([code]) => code)
  let said = ''
  main.stdout.on('data', chunk => (said += chunk))
  await until('the cluster is up', () => said.includes('Ctrl-C'))
  const [, kubeconfig = '', programs = ''] = /KUBECONFIG=(\S+) PATH=(\S+):/.exec(said) ?? []
  const kubectl = async (args: readonly string[], input?: string) => {
    const running = run(`${programs}/kubectl`, args, { env: { ...process.env, KUBECONFIG: kubeconfig } })
    running.child.stdin?.end(input)
    return (await running).stdout
  }
  const agent = workload('DaemonSet', 'default', 'agent', { containers: [server()] })
  await kubectl(['apply', '-f', '-'], JSON.stringify(agent))
  await kubectl(['rollout', 'status', 'daemonset/agent', '--timeout=120s'])
  const processes = below(main.pid ?? 0)
  const networks = [...new Set(processes.map(networkOf))].filter(network => network !== networkOf(process.pid))
  return { main, exitCode, kubeconfig, kubectl, processes, networks: networks.filter(network => network !== '') }
}

function allProcesses(): readonly number[] {
  return readdirSync('/proc').flatMap(name => (/^\d+$/.test(name) ? [Number(name)] : []))
}

function below(pid: number): readonly number[] {
  const children = allProcesses().filter(candidate => parentOf(candidate) === pid)
  return [pid, ...children.flatMap(below)]
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    return -1
  }
}

function networkOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`)
  } catch {
    return ''
  }
}

const isAlive = (pid: number) => (processStat(pid)?.state ?? 'Z') !== 'Z'

/** The folder of the run, which contains all its files. */
const folderOf = ({ kubeconfig }: Running) => dirname(kubeconfig)

async function nothingIsLeft(cluster: Running): Promise<void> {
  await until('its processes have exited', () => !cluster.processes.some(isAlive))
  await until('its folder is deleted', () => !existsSync(folderOf(cluster)))
  const left = () => allProcesses().filter(pid => isAlive(pid) && cluster.networks.includes(networkOf(pid)))
  await until('its network namespaces are empty', () => left().length === 0)
}

describe('npm run cluster', () => {
  it('exposes a cluster to kubectl outside its network, and leaves nothing when it is stopped', async () => {
    const cluster = await start()
    expect(cluster.networks.length).toBe(1 + 2 + 2)
    expect(await cluster.kubectl(['get', 'nodes', '-o', 'name'])).toBe('node/node-1\nnode/node-2\n')
    // Like a terminal, to all processes of the foreground group.
    process.kill(-(cluster.main.pid ?? 0), 'SIGINT')
    await nothingIsLeft(cluster)
    expect(await cluster.exitCode).toBe(0)
  })

  it('leaves nothing when it is killed', async () => {
    const cluster = await start()
    cluster.main.kill('SIGKILL')
    await nothingIsLeft(cluster)
  })

  it('leaves nothing when the process that runs the cluster is killed', async () => {
    const cluster = await start()
    const [, inside = 0] = cluster.processes
    process.kill(inside, 'SIGKILL')
    await nothingIsLeft(cluster)
  })
})
