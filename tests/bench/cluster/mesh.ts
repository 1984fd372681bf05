/** One namespace of the cluster with three real proxies, and an operator of its own, in this process. */

import { type ClusterAppOptions, openCluster, runClusterApp } from '../../../operator/src/app/cluster-app.ts'
import { connect } from '../../../operator/src/converge/connect.ts'
import { connectKube, type KubeClient } from '../../../operator/src/kube/kube-client.ts'
import type { AppReport } from '../../../operator/src/report/report.ts'
import { createTranslator } from '../../../operator/src/translate/translate.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { until } from '../../support/until.ts'
import { inTurns } from './in-turns.ts'
import {
  addressOf,
  backendStatus,
  findsByService,
  type Manifest,
  nameOf,
  namespace,
  proxyPod,
  serviceManifests,
  sliceEndpoints,
} from './manifests.ts'

const PROXIES = 3
const PATIENCE_MS = 180_000

export class ClusterMesh {
  readonly namespace: string
  readonly #client: KubeClient
  readonly #own: KubeClient
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>
  #report: AppReport | undefined
  #listeners = new Set<(report: AppReport) => void>()

  private constructor(name: string, client: KubeClient, own: KubeClient) {
    this.namespace = name
    this.#client = client
    this.#own = own
    const options: ClusterAppOptions = {
      client: own,
      source: openCluster(own, [name]),
      translate: createTranslator(),
      connect: (proxy, mayWrite) => connect(proxy, { mayWrite }),
      election: undefined,
      health: undefined,
      statusRate: 50,
      eventRate: 2,
      instance: `bench-${name}`,
      onLeader: () => {},
      onFailure: (error, what) => console.error(`${name}: ${what}: ${error}`),
      onReport: report => this.#hear(report),
    }
    this.#running = runClusterApp(options, this.#stopping.signal)
  }

  /** Resolves when `services` of them are on all proxies, and all of their statuses are written. */
  static async start(cluster: Cluster, name: string, services: number): Promise<ClusterMesh> {
    const { client } = cluster
    await create(client, namespace(name))
    for (let index = 0; index < PROXIES; index++) await create(client, proxyPod(name, index))
    await inTurns(services, async index => {
      for (const manifest of serviceManifests(name, index)) await create(client, manifest)
      if (!findsByService(index)) await setBackend(client, name, index, 0)
    })
    const mesh = new ClusterMesh(name, client, await connectKube({ kubeconfig: cluster.kubeconfig, variables: {} }))
    await mesh.until(`${services} services in ${name}`, report => holdsAll(report, services))
    await mesh.#told()
    return mesh
  }

  /** A thousand statuses are written in their own time, which is no time to measure anything else. */
  async #told(): Promise<void> {
    const path = `/apis/l7mp.io/v1/namespaces/${this.namespace}/virtualservices`
    await until('all statuses are written', async () => {
      const { items } = (await this.#client.request({ path })) as { items: readonly { status?: object }[] }
      return items.every(({ status }) => status)
    })
  }

  /** Gives the service another backend. How long it took until the last proxy was read back with it, in milliseconds. */
  async move(index: number, edit: number): Promise<number> {
    const address = addressOf(index, edit)
    const arrived = this.until(`${nameOf(index)} at ${address}`, report =>
      isOnAll(report, this.namespace, index, address),
    )
    await setBackend(this.#client, this.namespace, index, edit)
    const began = performance.now()
    return Math.max(0, (await arrived) - began)
  }

  /** When it is first true, by `performance.now()`. */
  async until(what: string, isTrue: (report: AppReport) => boolean): Promise<number> {
    if (this.#report && isTrue(this.#report)) return performance.now()
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    const timer = setTimeout(() => reject(new Error(`not within ${PATIENCE_MS} ms: ${what}`)), PATIENCE_MS)
    const listener = (report: AppReport) => isTrue(report) && resolve(performance.now())
    this.#listeners.add(listener)
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      this.#listeners.delete(listener)
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    await this.#own.close()
  }

  #hear(report: AppReport): void {
    this.#report = report
    for (const listener of this.#listeners) listener(report)
  }
}

/** True if every proxy has been read back with this number of listeners of l7mesh. */
export function holdsAll({ proxies }: AppReport, services: number): boolean {
  return proxies.size === PROXIES && [...proxies.values()].every(proxy => isFull(proxy, services))
}

type ProxyState = AppReport['proxies'] extends ReadonlyMap<string, infer S> ? S : never

function isFull({ phase, live, desired }: ProxyState, services: number): boolean {
  return phase === 'converged' && desired.config.listeners.size === services && (live?.listeners.size ?? 0) >= services
}

function isOnAll({ proxies }: AppReport, namespace: string, index: number, address: string): boolean {
  return [...proxies.values()].every(({ live, desired }) => {
    const name = clusterOf(desired, namespace, index)
    return name !== undefined && live?.clusters.get(name)?.endpoints[0]?.spec.address === address
  })
}

/** The name of a cluster says nothing of its endpoints, so it is looked for once. */
const names = new Map<string, string>()

function clusterOf({ config }: ProxyState['desired'], namespace: string, index: number): string | undefined {
  const plural = findsByService(index) ? 'services' : 'virtualservices'
  const prefix = `/namespaces/${namespace}/${plural}/${nameOf(index)}`
  const known = names.get(prefix)
  if (known !== undefined) return known
  const found = [...config.clusters.keys()].find(name => /[/:@]/.test(name.split(prefix)[1]?.[0] ?? ''))
  if (found !== undefined) names.set(prefix, found)
  return found
}

const POST_PATHS: Readonly<Record<string, (namespace: string) => string>> = {
  Namespace: () => '/api/v1/namespaces',
  Pod: ns => `/api/v1/namespaces/${ns}/pods`,
  Service: ns => `/api/v1/namespaces/${ns}/services`,
  EndpointSlice: ns => `/apis/discovery.k8s.io/v1/namespaces/${ns}/endpointslices`,
  VirtualService: ns => `/apis/l7mp.io/v1/namespaces/${ns}/virtualservices`,
}

export async function create(client: KubeClient, body: Manifest): Promise<void> {
  const path = POST_PATHS[body.kind]?.(body.metadata.namespace ?? '') ?? ''
  await client.request({ method: 'POST', path, body })
}

async function setBackend(client: KubeClient, namespace: string, index: number, edit: number): Promise<void> {
  const address = addressOf(index, edit)
  const [path, body] = findsByService(index)
    ? [`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices/${nameOf(index)}`, sliceEndpoints(address)]
    : [`/api/v1/namespaces/${namespace}/pods/${nameOf(index)}/status`, backendStatus(address)]
  await client.request({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' })
}
