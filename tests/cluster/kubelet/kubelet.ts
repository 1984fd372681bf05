/**
 * Replaces the kubelets of all nodes: each node is a network namespace on one bridge, and its pods are processes of
 * this machine, run by the pod runner of `l7mesh up`. The rest of the cluster is real.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { KubeClient } from '../../../operator/src/kube/kube-client.ts'
import type { EnvVar } from '../../../operator/src/local/manifests/workload.ts'
import type { PodPlace } from '../../../operator/src/local/network/network.ts'
import type { PodHost } from '../../../operator/src/local/pod/pod.ts'
import { type ApiPod, type ConfigMap, keyOf, type Secret } from './api.ts'
import type { Images } from './images.ts'
import { mirror } from './mirror.ts'
import { registerNode } from './node.ts'
import { type NodePod, runPod } from './pod.ts'
import { tokenSource } from './tokens.ts'

export type KubeletOptions = {
  readonly client: KubeClient
  readonly host: PodHost
  readonly nodes: readonly string[]
  readonly images: Images
  readonly apiVariables: readonly EnvVar[]
  readonly logs: { readonly address: string; readonly port: number }
  readonly version: string
}

export type ClusterNode = {
  readonly name: string
  readonly address: string
  readonly place: PodPlace
  /** Disconnects the node and kills its pods, without reporting it. */
  vanish(): Promise<void>
  /** Restores the node, which starts its pods again. */
  comeBack(): Promise<void>
}

export type Kubelet = {
  readonly nodes: readonly ClusterNode[]
  /** The network of a pod (`NAMESPACE/NAME`). */
  place(pod: string): PodPlace | undefined
  /** Terminates all pods without reporting it. */
  stop(): Promise<void>
}

const run = promisify(execFile)

/** Resolves when all nodes are registered. */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const stopping = new AbortController()
  const pods = nodePods(options, stopping.signal)
  const nodes: ClusterNode[] = []
  for (const name of options.nodes) nodes.push(await startNode(name, pods, options, stopping.signal))
  return {
    nodes,
    place: pods.place,
    async stop() {
      stopping.abort()
      await pods.drop(() => true)
    },
  }
}

type NodePods = {
  /** Runs the pods of the node until `silent` aborts. */
  serve(node: string, silent: AbortSignal): void
  place(pod: string): PodPlace | undefined
  /** The networks of a node's pods. */
  places(node: string): readonly PodPlace[]
  /** Terminates pods without reporting it. Resolves when they have terminated. */
  drop(which: (pod: ApiPod) => boolean): Promise<void>
}

type Running = { readonly object: ApiPod; readonly pod: NodePod }

/** All running pods, by their UID: each change triggers a reconciliation of all pods that are bound to the nodes. */
function nodePods(options: KubeletOptions, signal: AbortSignal): NodePods {
  const { client } = options
  const running = new Map<string, Running>()
  const serving = new Map<string, AbortSignal>()
  const objects = {
    configMaps: mirror<ConfigMap>(client, { path: '/api/v1/configmaps' }, signal, () => {}).items,
    secrets: mirror<Secret>(client, { path: '/api/v1/secrets' }, signal, () => {}).items,
    token: tokenSource(client),
  }
  const named = (key: string) => [...running.values()].find(({ object }) => keyOf(object) === key)
  const start = (object: ApiPod, silent: AbortSignal) => {
    // A force-deleted pod of the same name may still be terminating.
    const earlier = named(keyOf(object))?.pod.gone ?? Promise.resolve()
    const pod = runPod(object, { ...options, objects, silent }, earlier)
    running.set(object.metadata.uid, { object, pod })
    return pod
  }
  const drop = async (which: (pod: ApiPod) => boolean) => {
    const dropped = [...running].filter(([, { object }]) => which(object))
    for (const [, { pod }] of dropped) pod.drop()
    await Promise.all(dropped.map(([, { pod }]) => pod.gone))
    for (const [uid] of dropped) running.delete(uid)
  }
  const look = () => {
    const bound = new Map([...pods.items.values()].map(pod => [pod.metadata.uid, pod]))
    void drop(({ metadata }) => !bound.has(metadata.uid))
    for (const [uid, object] of bound) {
      const silent = serving.get(object.spec.nodeName ?? '')
      if (silent === undefined || silent.aborted || isOver(object)) continue
      const pod = running.get(uid)?.pod ?? start(object, silent)
      pod.look(object)
    }
  }
  const pods = mirror<ApiPod>(
    client,
    { path: '/api/v1/pods', query: { fieldSelector: 'spec.nodeName!=' } },
    signal,
    look,
  )
  return {
    serve(node, silent) {
      serving.set(node, silent)
      look()
    },
    place: key => named(key)?.pod.place(),
    places: node => [...running.values()].flatMap(({ object, pod }) => (isOn(object, node) ? (pod.place() ?? []) : [])),
    drop,
  }
}

/** A pod that had completed when the kubelet first saw it remains completed. */
const isOver = ({ status, metadata }: ApiPod) =>
  metadata.deletionTimestamp === undefined && (status?.phase === 'Succeeded' || status?.phase === 'Failed')

const isOn = ({ spec }: ApiPod, node: string) => spec.nodeName === node

async function startNode(name: string, pods: NodePods, options: KubeletOptions, stopping: AbortSignal) {
  const place = await options.host.network.join({ key: name, node: name, hostNetwork: true })
  let present = new AbortController()
  const register = async () => {
    present = new AbortController()
    const silent = AbortSignal.any([stopping, present.signal])
    await registerNode(options.client, { ...options, name, address: place.address }, silent)
    pods.serve(name, silent)
  }
  await register()
  return {
    name,
    address: place.address,
    place,
    async vanish() {
      present.abort()
      // The links first, so that terminating pods cannot report it.
      for (const each of [place, ...pods.places(name)]) await link(each, 'down')
      await pods.drop(pod => isOn(pod, name))
    },
    async comeBack() {
      await link(place, 'up')
      await register()
    },
  }
}

async function link(place: PodPlace, state: 'up' | 'down'): Promise<void> {
  const [file = '', ...args] = place.command(['ip', 'link', 'set', 'eth0', state], { binds: [] })
  await run(file, args)
}
