/**
 * A mesh in its own namespace: real proxies and backends in pods, and operators as processes with the permissions of
 * the chart, connected to the API server through a fault injector. Many fit on one cluster.
 */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { BRIDGE } from '../../../operator/src/local/network/namespaces.ts'
import { PATIENCE } from '../../support/until.ts'
import type { Cluster } from '../cluster.ts'
import { ApiProxy } from './api-proxy.ts'
import { granted, RENDERED, renderRights } from './chart-rights.ts'
import { Gate } from './gate.ts'
import { edited, gatePod, proxyWorkload, readyAt, standing } from './mesh-resources.ts'
import { type Document, isReady, namespace as namespaceObject, type Pod, podsOf } from './objects.ts'
import { type OperatorPlace, type OperatorProcess, startOperator } from './operator-process.ts'
import { pathOf } from './path-of.ts'
import { Steady } from './steady.ts'
import { whatIsWrong } from './truth.ts'

const CRDS = fileURLToPath(new URL('../../../crds/crds', import.meta.url))
const ACCOUNT = 'l7mp-operator'

export type MeshOptions = {
  readonly namespace: string
  /** The number of proxy pods. Default: 2 */
  readonly proxies?: number
  /**
   * Whether there is a gate in front of each proxy: the operator sees it as a pod, and the real proxy is behind it.
   * Then there is no TCP traffic, because an operator probes TCP ports at the address of the pod. Default: no
   */
  readonly gated?: boolean
}

export type Condition = {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
}

/** The gate between the operator and a real proxy. */
export type ProxyGate = { readonly gate: Gate; readonly host: string }

/** Installs the CRDs in a cluster, once for all its meshes. */
export async function prepare(cluster: Cluster): Promise<void> {
  await succeed(cluster, ['apply', '--server-side', '-f', CRDS])
  await succeed(cluster, ['wait', '--for=condition=Established', '--timeout=120s', '-f', CRDS])
}

export class Mesh {
  readonly namespace: string
  readonly cluster: Cluster
  readonly way: ApiProxy
  readonly gates: ProxyGate[] = []
  readonly #isGated: boolean
  readonly #proxyNamespace: string
  readonly #operators: OperatorProcess[] = []
  #edits = 0

  private constructor(namespace: string, isGated: boolean, way: ApiProxy, cluster: Cluster) {
    this.namespace = namespace
    this.#isGated = isGated
    // Operators watch only their own namespace.
    this.#proxyNamespace = isGated ? `${namespace}-behind` : namespace
    this.way = way
    this.cluster = cluster
  }

  /** Resolves when its pods are ready. */
  static async open(cluster: Cluster, options: MeshOptions): Promise<Mesh> {
    const { namespace, proxies = 2, gated = false } = options
    // Operators also run on nodes, which reach the test at this address.
    const way = await ApiProxy.start(cluster.controlPlane.certificates.authority, HERE)
    const mesh = new Mesh(namespace, gated, way, cluster)
    await mesh.put(namespaceObject(namespace))
    if (gated) await mesh.put(namespaceObject(mesh.#proxyNamespace))
    await mesh.put(proxyWorkload(mesh.#proxyNamespace, proxies), ...standing(namespace, !gated), mesh.lease)
    const [hosts] = await Promise.all([mesh.proxies(proxies), mesh.#grant(), mesh.#ready('echo', 1)])
    if (gated) for (const host of hosts) mesh.gates.push(await mesh.#gateTo(host))
    await mesh.renewToken()
    return mesh
  }

  /** Starts an operator. Resolves when it leads. */
  async lead(name = 'operator', ...flags: readonly string[]): Promise<OperatorProcess> {
    const operator = await this.start(name, {}, ...flags)
    await operator.logged(/this operator leads/)
    return operator
  }

  async start(
    name: string,
    place: Pick<OperatorPlace, 'within'> = {},
    ...flags: readonly string[]
  ): Promise<OperatorProcess> {
    const { cluster } = this
    const kubeconfig = join(cluster.folder, `kubeconfig-${this.namespace}`)
    await writeFile(kubeconfig, this.way.kubeconfig({ file: this.#tokenFile }))
    const where = [`--namespace=${this.namespace}`, `--lease=${ACCOUNT}`, `--lease-namespace=${this.namespace}`]
    const operator = startOperator({ ...place, kubeconfig, program: cluster.operator() }, name, ...where, ...flags)
    this.#operators.push(operator)
    return operator
  }

  /** Applies objects, independent of the operators. */
  async put(...objects: readonly Document[]): Promise<void> {
    for (const object of objects) {
      const query = { fieldManager: 'test', force: true }
      const contentType = 'application/apply-patch+yaml'
      await this.cluster.client.request({ method: 'PATCH', path: pathOf(object), query, contentType, body: object })
    }
  }

  async remove(...objects: readonly Document[]): Promise<void> {
    for (const object of objects) await this.cluster.client.request({ method: 'DELETE', path: pathOf(object) })
  }

  /** Makes many changes: creates, deletes and edits resources and pods, except those of the steady traffic. */
  async edit(): Promise<void> {
    await this.editResources()
    await this.replacePod('extra')
  }

  /** Deletes one of the pods, which is replaced. */
  async replacePod(app: string): Promise<void> {
    const pod = (await podsOf(this.cluster, this.namespace, app)).find(isReady)
    if (pod) await this.remove({ apiVersion: 'v1', kind: 'Pod', metadata: pod.metadata })
  }

  /** Removes the last proxy. */
  async removeGate(): Promise<void> {
    await this.remove(gatePod(this.namespace, `gate-${this.gates.length - 1}`, 0))
  }

  /** Restores the last proxy. */
  async addGate(): Promise<void> {
    const last = this.gates.pop()
    if (!last) return
    await last.gate.close()
    this.gates.push(await this.#gateTo(last.host))
  }

  async editResources(): Promise<void> {
    const { put, remove } = edited(this.namespace, this.#edits++)
    await this.put(...put)
    await this.remove(...remove)
  }

  /** The addresses of its proxies, once they are ready. */
  async proxies(count = 2): Promise<readonly string[]> {
    const pods = await this.#ready('proxy', count, this.#proxyNamespace)
    return pods.map(({ status }) => status.podIP)
  }

  /** The pod of a proxy, NAMESPACE/NAME. */
  async podAt(address: string): Promise<string> {
    const pods = await podsOf(this.cluster, this.#proxyNamespace, 'proxy')
    const pod = pods.find(({ status }) => status.podIP === address)
    if (!pod) throw new Error(`no pod has the address ${address}`)
    return `${this.#proxyNamespace}/${pod.metadata.name}`
  }

  /** Traffic through each proxy. */
  async traffic(count = 2): Promise<readonly Steady[]> {
    const hosts = await this.proxies(count)
    return Promise.all(hosts.map(host => this.trafficThrough(host)))
  }

  async trafficThrough(host: string): Promise<Steady> {
    const [echo] = await this.#ready('echo', 1)
    return Steady.start({ host, udp: 9001, tcp: this.#isGated ? undefined : 9002, backend: `${echo?.status.podIP}` })
  }

  async condition(kind: string, name: string, type: string): Promise<Condition | undefined> {
    const path = pathOf({ apiVersion: 'l7mp.io/v1', kind, metadata: { name, namespace: this.namespace } })
    const { status } = (await this.cluster.client.request({ path })) as { status?: { conditions: Condition[] } }
    return status?.conditions.find(condition => condition.type === type)
  }

  /** Resolves when every proxy has converged, holds no other objects of l7mesh, and all statuses agree. */
  async inForce(): Promise<void> {
    const began = performance.now()
    for (;;) {
      const wrong = await whatIsWrong(this.cluster.client, this.namespace)
      if (wrong.length === 0) return
      const waited = performance.now() - began
      if (waited > PATIENCE)
        throw new Error(
          `${this.namespace}: after ${PATIENCE} ms this is wrong:\n${[...wrong, ...this.#told()].join('\n')}`,
        )
      await sleep(Math.max(LOOK_EVERY, waited / 10))
    }
  }

  /** A token of the operator, valid until the object to which it is bound is deleted. */
  async renewToken(): Promise<void> {
    const path = `/api/v1/namespaces/${this.namespace}/serviceaccounts/${ACCOUNT}/token`
    const bound = this.tokenHolder
    await this.put(bound)
    const boundObjectRef = { apiVersion: 'v1', kind: 'Secret', name: bound.metadata.name }
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { boundObjectRef } }
    const answer = (await this.cluster.client.request({ method: 'POST', path, body })) as { status: { token: string } }
    await writeFile(this.#tokenFile, answer.status.token)
  }

  get tokenHolder() {
    return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'token-holder', namespace: this.namespace } }
  }

  /**
   * Releases the lease as a clean stop does: an operator that finds no lease creates one, and waits for its duration
   * before it leads.
   */
  get lease(): Document {
    const metadata = { name: ACCOUNT, namespace: this.namespace }
    const spec = { holderIdentity: '', leaseDurationSeconds: 10, leaseTransitions: 0 }
    return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec }
  }

  /** Stops all of its pods and operators; its objects remain at the API server. */
  async close(): Promise<void> {
    await Promise.all(this.#operators.map(operator => operator.end()))
    const { cluster } = this
    const pods = [this.namespace, this.#proxyNamespace].map(
      namespace => `/apis/apps/v1/namespaces/${namespace}/deployments`,
    )
    for (const path of new Set(pods)) await cluster.client.request({ method: 'DELETE', path }).catch(() => {})
    await this.way.close()
    for (const { gate } of this.gates) await gate.close()
  }

  get #tokenFile(): string {
    return join(this.cluster.folder, `token-${this.namespace}`)
  }

  /** The service account of the chart, with the chart's permissions in this namespace only. */
  async #grant(): Promise<void> {
    rendered ??= renderRights(`--set=namespaces={${RENDERED}}`)
    await this.put(...granted(await rendered, this.namespace, undefined))
  }

  /** A pod with only a status, which has the address of the gate. */
  async #gateTo(host: string): Promise<ProxyGate> {
    const address = await ownAddress()
    const gate = new Gate({ origin: `http://${host}:1234`, address })
    await gate.open()
    const pod = gatePod(this.namespace, `gate-${this.gates.length}`, gate.port)
    await this.put(pod)
    const contentType = 'application/merge-patch+json'
    const body = { status: readyAt(address) }
    await this.cluster.client.request({ method: 'PATCH', path: `${pathOf(pod)}/status`, contentType, body })
    return { gate, host }
  }

  async #ready(app: string, count: number, namespace = this.namespace): Promise<readonly Pod[]> {
    const end = performance.now() + PATIENCE
    for (;;) {
      const pods = await podsOf(this.cluster, namespace, app)
      if (pods.length === count && pods.every(isReady)) return pods
      if (performance.now() > end)
        throw new Error(`of ${namespace}/${app} not ${count} are ready: ${JSON.stringify(pods)}`)
      await sleep(LOOK_EVERY)
    }
  }

  #told(): readonly string[] {
    return this.#operators.flatMap(({ lines }) => lines.slice(-10).map(({ msg }) => `  log: ${msg}`))
  }
}

/** One chart for all meshes. */
let rendered: ReturnType<typeof renderRights> | undefined

/** The polling interval in milliseconds. Polling many meshes is expensive. */
const LOOK_EVERY = 500

/** The bridge, which pods and nodes reach. */
const HERE = '10.244.0.1'

async function succeed({ kubectl }: Cluster, args: readonly string[]): Promise<void> {
  const { code, stderr } = await kubectl(args)
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`)
}

let addresses = 0

/** Another address of the bridge, reachable from all nodes: proxies cannot share one. */
async function ownAddress(): Promise<string> {
  addresses += 1
  const address = `10.244.240.${addresses}`
  await promisify(execFile)('ip', ['address', 'add', `${address}/32`, 'dev', BRIDGE])
  return address
}
