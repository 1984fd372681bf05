/**
 * Runs the pods of a folder of manifests as local processes, and reports Pods and EndpointSlices as a cluster would:
 * the kubelet, scheduler and controllers of `l7mesh up`. Its reports complete the snapshot of the folder source.
 *
 * Level based: `apply` sets the desired state; every change of a manifest or of a pod triggers a reconciliation, which
 * starts and stops the pods that the rollout allows now (`rollout.ts`).
 *
 * Supported in manifests: a container named `l7mp` is an l7mp proxy; any other container runs its `command` in the
 * folder of its image (`imageFolder`), with `node` being the running Node.js. Environment, `$(VAR)`, readiness probes,
 * restarts, grace periods and emptyDir volumes (`volumes.ts`) work as in Kubernetes, and so do the names of Services
 * (`cluster-services.ts`).
 */
import { realpath } from 'node:fs/promises'
import type { Snapshot } from '../sources/snapshot.ts'
import { bridgeNetwork } from './network/bridge.ts'
import { openServices } from './network/cluster-services.ts'
import { canBind } from './network/netns.ts'
import { sharedNetwork } from './network/network.ts'
import { openPodHost, type PodHostOptions } from './pod/host.ts'
import { type PodManager, podManager } from './pod-manager.ts'

export type PodRunnerOptions = Omit<PodHostOptions, 'network' | 'nameServer'> & {
  /** The folder of the manifests: pods of different folders get different loopback addresses. */
  readonly folder: string
  /** Runs each node and pod in a network namespace. The process must already be in its own: `enterNetns`. */
  readonly netns: boolean
  /** The number of nodes (`node-1` and on) if no manifest defines any. Default 1; more than 1 requires `netns`. */
  readonly nodes?: number
  /** Called whenever a report of the runner may have changed. */
  readonly onChange: () => void
}

export type PodRunner = PodManager & {
  /** The log file of a container; deleted by `stop`. */
  logFile(pod: string, container: string): string
  /** The DNS server by which pods resolve the names of Services. */
  readonly nameServer: { readonly address: string; readonly port: number }
  /** Sets the Services and their endpoints, whose names resolve for the pods. */
  serve(snapshot: Pick<Snapshot, 'services' | 'endpointSlices'>): void
  /** Stops all processes and removes all files. */
  stop(): Promise<void>
}

/** Rejects if the folder does not exist, or if the namespaces cannot be created. */
export async function createPodRunner(options: PodRunnerOptions): Promise<PodRunner> {
  const own = await realpath(options.folder)
  const ownAddresses = process.platform === 'linux'
  const { environment } = options
  const network = options.netns
    ? await bridgeNetwork(environment)
    : sharedNetwork(own, ownAddresses, canBind(environment))
  const services = await openServices(network, options.onChange)
  const { host, close } = await openPodHost({ ...options, network, nameServer: services.nameServer })
  const fleet = podManager(host, options.nodes ?? 1, options.onChange)
  let stopped: Promise<void> | undefined
  return {
    ...fleet,
    logFile: host.logs.file,
    nameServer: services.nameServer,
    serve: services.follow,
    problems: () => [...fleet.problems(), ...services.problems()],
    async stop() {
      stopped ??= fleet.stop().then(services.close).then(close)
      await stopped
    },
  }
}
