/**
 * The sandbox of a pod, which exists before its processes start: its network, its volumes, the folders of its images,
 * the port of its proxy. It is allocated completely or not at all.
 */
import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ContainerPort } from '../../kinds/core-types.ts'
import type { DesiredPod } from '../manifests/desired-pods.ts'
import { allContainers, type ContainerSpec, isProxy } from '../manifests/workload.ts'
import { DNS_PORT } from '../network/cluster-services.ts'
import type { Network, PodPlace } from '../network/network.ts'
import { canListen, type PortAllocator } from '../network/rest-ports.ts'
import {
  type Bind,
  boundVolumes,
  type MountPoints,
  type PodVolumes,
  type SharedPaths,
  sharedVolumes,
} from '../process/volumes.ts'
import { nameFiles } from './name-files.ts'
import { CONTROLLER_PORT, staticConfig } from './proxy-command.ts'

export type PodSandboxHost = {
  readonly network: Network
  readonly ports: PortAllocator
  readonly sharedPaths: SharedPaths
  readonly mountPoints: MountPoints
  /** The DNS server for the names of Services; absent if pods use those of the machine. */
  readonly nameServer?: { readonly address: string; readonly port: number }
  /** The folder of the run. */
  readonly folder: string
}

export type PodSandbox = {
  readonly place: PodPlace
  readonly volumes: PodVolumes
  /** The resolver configuration that is mounted in every container. */
  readonly nameFiles: readonly Bind[]
  /** The file with the static configuration of the proxy, and its REST API port; absent if the pod has no proxy. */
  readonly proxy?: { readonly config: string; readonly port: number }
  /** The working directory of each container, by its name. */
  readonly folders: ReadonlyMap<string, string>
  leave(): Promise<void>
}

/** Rejects, and releases everything, if a part cannot be allocated; the message names it. */
export async function createPodSandbox(pod: DesiredPod, host: PodSandboxHost): Promise<PodSandbox> {
  const { spec } = pod.template
  const undo: (() => void | Promise<void>)[] = []
  const leave = async () => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    // Before the first await, so that addresses are assigned in the order of the pods.
    const place = await host.network.join({ key: pod.key, node: pod.node, hostNetwork: spec.hostNetwork })
    undo.push(place.leave)

    const folders = await imageFolders(pod)
    const podFolder = join(host.folder, 'pods', `${pod.namespace}_${pod.name}`)
    await mkdir(podFolder, { recursive: true })
    undo.push(() => rm(podFolder, { recursive: true, force: true }))

    const { isolated } = host.network
    const volumes = await (isolated
      ? boundVolumes(spec, podFolder, host.mountPoints)
      : sharedVolumes(spec, host.sharedPaths))
    undo.push(volumes.remove)

    const nameFiles = await nameFilesOf(pod, podFolder, host)
    const container = spec.containers.find(isProxy)
    if (container === undefined) return { place, volumes, nameFiles, folders, leave }
    const port = await claimPort(container, place, host)
    undo.push(() => host.ports.release(place.space, port))
    const config = join(podFolder, 'l7mp.json')
    await writeFile(config, JSON.stringify(staticConfig(port, container.setup?.config, controllerPort(container))))
    return { place, volumes, nameFiles, folders, proxy: { config, port }, leave }
  } catch (error) {
    await leave()
    throw error
  }
}

/** Resolver configuration can only name the standard DNS port. */
async function nameFilesOf({ namespace }: DesiredPod, folder: string, { network, nameServer }: PodSandboxHost) {
  if (!network.binds || nameServer?.port !== DNS_PORT) return []
  return nameFiles(folder, namespace, nameServer.address)
}

/** The ports of a proxy, with the allocated REST API port. */
export function proxyPorts(ports: readonly ContainerPort[], controller: number): readonly ContainerPort[] {
  const others = ports.filter(port => port.name !== 'controller')
  return [...others, { name: 'controller', containerPort: controller, protocol: 'TCP' }]
}

const controllerPort = ({ ports }: ContainerSpec) =>
  ports.find(port => port.name === 'controller')?.containerPort ?? CONTROLLER_PORT

function claimPort(
  container: ContainerSpec,
  place: PodPlace,
  { network, ports: book }: PodSandboxHost,
): Promise<number> {
  // In a namespace of the mesh, all listeners are allocated here, and its ports cannot be probed from outside.
  const isFree = (port: number) => (network.isolated ? Promise.resolve(true) : canListen(place.address, port))
  return book.claim(place.space, controllerPort(container), isFree)
}

const LOCAL_IMAGE = /^l7mesh\.local\/([^:@]+)/

/**
 * The folder of an image: `l7mesh.local/NAME:TAG` is the folder NAME next to the manifest, from which the image would
 * be built; any other image is the folder of the manifest itself.
 */
export function imageFolder(image: string, manifestFolder: string): string {
  const name = LOCAL_IMAGE.exec(image)?.[1]
  return name === undefined ? manifestFolder : join(manifestFolder, name)
}

async function imageFolders({ template, workload }: DesiredPod): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (const { name, image, folder = imageFolder(image, workload.folder) } of allContainers(template.spec)) {
    const isFolder = await stat(folder).then(
      entry => entry.isDirectory(),
      () => false,
    )
    if (!isFolder) throw new Error(`image ${image} refers to the folder ${folder}, which does not exist`)
    found.set(name, folder)
  }
  return found
}
