/**
 * Runs the pods of a folder of manifests as processes of this machine, and reports Pods and EndpointSlices as a cluster
 * would: it is kubelet, scheduler and controllers of `l7mesh up`. Stands beside the folder source, whose snapshot its
 * reports complete.
 *
 * Level based: `apply` says what should run; every change of manifests or of a pod leads to one look at the whole,
 * which starts and ends what the rollout allows now (`rollout.ts`).
 *
 * What a manifest can count on, with what a cluster does in the same words: a container named `l7mp` is an l7mp proxy;
 * any other runs its `command` in the folder that its image stands for (`imageFolder`), `node` being this very one;
 * its environment, `$(VAR)`, readiness probes, restarts, grace and emptyDir volumes (`volumes.ts`) are Kubernetes', and so
 * are the names of Services (`cluster-services.ts`).
 */
import { realpath } from 'node:fs/promises'
import type { Snapshot } from '../sources/snapshot.ts'
import { bridgeNetwork } from './network/bridge.ts'
import { openServices } from './network/cluster-services.ts'
import { canBind } from './network/netns.ts'
import { sharedNetwork } from './network/network.ts'
import { openPodHost, type PodHostOptions } from './pod/host.ts'
import { type PodFleet, podFleet } from './pod-manager.ts'

export type PodRunnerOptions = Omit<PodHostOptions, 'network' | 'nameServer'> & {
  /** The folder of the manifests: pods of different folders get different loopback addresses. */
  readonly folder: string
  /** Each node and pod in a network namespace. The process must stand in one of its own already: `enterNetns`. */
  readonly netns: boolean
  /** So many nodes, `node-1` and on, where no manifest defines any. Default 1; more than 1 needs `netns`. */
  readonly nodes?: number
  /** Called whenever what the runner reports may have changed. */
  readonly onChange: () => void
}

export type PodRunner = PodFleet & {
  /** The file that holds what a container printed; gone after `stop`. */
  logFile(pod: string, container: string): string
  /** Where the pods ask for the names of Services. */
  readonly nameServer: { readonly address: string; readonly port: number }
  /** Says which Services there are, with their endpoints: their names resolve for the pods. */
  serve(snapshot: Pick<Snapshot, 'services' | 'endpointSlices'>): void
  /** Ends all that was started and removes what it left. */
  stop(): Promise<void>
}

/** Rejects where the folder does not exist, or the namespaces cannot be made. */
export async function createPodRunner(options: PodRunnerOptions): Promise<PodRunner> {
  const own = await realpath(options.folder)
  const ownAddresses = process.platform === 'linux'
  const { environment } = options
  const network = options.netns
    ? await bridgeNetwork(environment)
    : sharedNetwork(own, ownAddresses, canBind(environment))
  const services = await openServices(network, options.onChange)
  const { host, close } = await openPodHost({ ...options, network, nameServer: services.nameServer })
  const fleet = podFleet(host, options.nodes ?? 1, options.onChange)
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
