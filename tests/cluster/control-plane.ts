/**
 * The control plane of one cluster: real etcd, API server, controllers and scheduler, as processes in the network
 * namespace of this process. The namespace belongs to the cluster, so ports are fixed.
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { BRIDGE_ADDRESS } from '../../operator/src/local/network/address-plan.ts'
import { type ProcessGroup, startGroup } from '../../operator/src/local/process/process-group.ts'
import type { Reaper } from '../../operator/src/local/process/reaper.ts'
import type { Variables } from '../../operator/src/variables.ts'
import { type Certificates, makeCertificates } from './certificates.ts'
import type { KubePrograms } from './kube-programs.ts'

/** The address of the API server for pods and this process. */
export const API_ADDRESS = BRIDGE_ADDRESS
export const API_PORT = 6443
export const API_URL = `https://${API_ADDRESS}:${API_PORT}`

export type ControlPlaneOptions = {
  readonly kube: KubePrograms
  readonly folder: string
  readonly reaper: Reaper
  readonly environment: Variables
  /** The node monitor grace period, in seconds. */
  readonly nodeGraceSeconds: number
  /** The enabled controllers, by their names in kube-controller-manager. Default: its defaults */
  readonly controllers?: readonly string[]
}

/** One of its processes, for tests of its failure. */
export type Part = {
  readonly name: PartName
  /** Kills the process, as in a crash, until `start`. */
  stop(): Promise<void>
  /** Resolves when the process is running; an API server is ready some time later: `ready`. */
  start(): void
  signal(signal: NodeJS.Signals): void
}
export type PartName = 'etcd' | 'apiserver' | 'controllers' | 'scheduler'

export type ControlPlane = {
  readonly certificates: Certificates
  readonly parts: Readonly<Record<PartName, Part>>
  /** For use within the cluster's namespace. */
  readonly kubeconfig: string
  /** Resolves when the API server reports that it is ready. */
  ready(): Promise<void>
  stop(): Promise<void>
}

const ETCD = 'http://127.0.0.1:2379'
const PATIENCE_MS = 90_000

/** Resolves when the API server is ready. Rejects, with the end of its log, if it does not become ready. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { folder } = options
  await mkdir(folder, { recursive: true })
  const certificates = await makeCertificates(folder, ['127.0.0.1', API_ADDRESS, '10.43.0.1'])
  const kubeconfig = join(folder, 'kubeconfig')
  await writeFile(kubeconfig, kubeconfigOf(certificates), { mode: 0o600 })
  const commands = commandsOf(options, certificates, kubeconfig)
  const part = (name: PartName) => partOf(name, commands[name], options)
  const parts = {
    etcd: part('etcd'),
    apiserver: part('apiserver'),
    controllers: part('controllers'),
    scheduler: part('scheduler'),
  }
  const ready = () => untilReady(certificates, join(folder, 'apiserver.log'))
  const stop = async () => {
    await Promise.all(Object.values(parts).map(part => part.stop()))
  }
  parts.etcd.start()
  parts.apiserver.start()
  try {
    await ready()
  } catch (error) {
    await stop()
    throw error
  }
  parts.controllers.start()
  parts.scheduler.start()
  return { certificates, parts, kubeconfig, ready, stop }
}

/** A self-contained kubeconfig, which can be copied anywhere. */
function kubeconfigOf({ authority, adminToken }: Certificates): string {
  const ca = readFileSync(authority).toString('base64')
  return `${JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'l7mesh-test',
      clusters: [{ name: 'l7mesh-test', cluster: { server: API_URL, 'certificate-authority-data': ca } }],
      users: [{ name: 'admin', user: { token: adminToken } }],
      contexts: [{ name: 'l7mesh-test', context: { cluster: 'l7mesh-test', user: 'admin' } }],
    },
    undefined,
    2,
  )}\n`
}

type Commands = Readonly<Record<PartName, readonly string[]>>

function commandsOf(
  { folder, nodeGraceSeconds, controllers = ['*'] }: ControlPlaneOptions,
  made: Certificates,
  kubeconfig: string,
): Commands {
  const peers = 'http://127.0.0.1:2380'
  // A separate client for each component, without rate limits: there are no other clients to protect.
  const client = [`--kubeconfig=${kubeconfig}`, '--leader-elect=false', '--kube-api-qps=500', '--kube-api-burst=1000']
  return {
    etcd: [
      `--data-dir=${join(folder, 'etcd')}`,
      `--listen-client-urls=${ETCD}`,
      `--advertise-client-urls=${ETCD}`,
      `--listen-peer-urls=${peers}`,
      `--initial-advertise-peer-urls=${peers}`,
      `--initial-cluster=default=${peers}`,
      '--unsafe-no-fsync',
      '--logger=zap',
      '--log-level=warn',
    ],
    apiserver: [
      `--etcd-servers=${ETCD}`,
      '--bind-address=0.0.0.0',
      `--secure-port=${API_PORT}`,
      `--advertise-address=${API_ADDRESS}`,
      `--tls-cert-file=${made.certificate}`,
      `--tls-private-key-file=${made.key}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${made.serviceAccountKey}`,
      `--service-account-signing-key-file=${made.serviceAccountKey}`,
      '--authorization-mode=Node,RBAC',
      `--token-auth-file=${made.tokens}`,
      '--service-cluster-ip-range=10.43.0.0/16,fd00:43::/112',
      '--allow-privileged=true',
      // The logs of all pods are served at the bridge, which nodes report as their InternalDNS (kubelet/logs.ts).
      '--kubelet-preferred-address-types=InternalDNS',
    ],
    controllers: [
      ...client,
      `--service-account-private-key-file=${made.serviceAccountKey}`,
      '--use-service-account-credentials=true',
      `--root-ca-file=${made.authority}`,
      '--secure-port=0',
      `--node-monitor-grace-period=${nodeGraceSeconds}s`,
      '--node-monitor-period=1s',
      `--controllers=${controllers.join(',')}`,
    ],
    scheduler: [...client, '--secure-port=0'],
  }
}

function partOf(name: PartName, words: readonly string[], options: ControlPlaneOptions): Part {
  const { kube, folder, environment, reaper } = options
  const log = join(folder, `${name}.log`)
  // Trades memory for time: garbage is collected less often.
  const command = { words: [...kube[name], ...words], cwd: folder, environment: { GOGC: '400', ...environment } }
  let group: ProcessGroup | undefined
  return {
    name,
    start() {
      group ??= startGroup(command, reaper, (_, line) => appendFileSync(log, `${line}\n`))
    },
    async stop() {
      await group?.end(0)
      group = undefined
    },
    signal: signal => void (group?.id !== undefined && process.kill(-group.id, signal)),
  }
}

async function untilReady({ authority, adminToken }: Certificates, log: string): Promise<void> {
  const dispatcher = new Agent({ connect: { ca: readFileSync(authority) } })
  const headers = { authorization: `Bearer ${adminToken}` }
  const end = performance.now() + PATIENCE_MS
  let said = 'no answer'
  try {
    while (performance.now() < end) {
      const answer = await request(`${API_URL}/readyz`, { dispatcher, headers }).catch(() => undefined)
      said = (await answer?.body.text()) ?? said
      if (answer?.statusCode === 200) return
      await sleep(50)
    }
  } finally {
    await dispatcher.destroy()
  }
  throw new Error(`the API server is not ready after ${PATIENCE_MS / 1000} s: ${said}\n${lastLines(log)}`)
}

function lastLines(file: string): string {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(-20).join('\n')
  } catch {
    return ''
  }
}
