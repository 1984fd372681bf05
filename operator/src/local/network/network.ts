/**
 * The network of a pod: its address, and how commands run in it. Two implementations: all pods in the network of this
 * machine (here), or each node and pod in a network namespace (`bridge.ts`).
 */
import type { SourceProblem } from '../../sources/snapshot.ts'
import { type Confinement, confinedCommand } from '../process/confinement.ts'
import { loopbackAddress, loopbackServiceAddress, numberPool } from './address-plan.ts'

export type PodPlace = {
  readonly address: string
  /** The address of its node. */
  readonly hostAddress: string
  /** Identifies the network stack: proxies with the same value cannot listen on the same port. */
  readonly space: string
  /** Whether it is the pod's or node's own network, rather than the machine's. */
  readonly isolated: boolean
  /** The command that runs `words` in the pod's network, with its volumes mounted. */
  command(words: readonly string[], sandbox: Confinement): readonly string[]
  /** The command for users, to run `words` in the pod's network from another terminal. */
  fromOutside(words: readonly string[]): readonly string[]
  leave(): void
}

export type PlacedPod = { readonly key: string; readonly node: string; readonly hostNetwork: boolean }

export type Network = {
  /** Whether pods have their own networks and file system views. */
  readonly isolated: boolean
  /** Whether files can be mounted over those of the machine for a single process. */
  readonly binds: boolean
  /** The limitations of this network, with advice. */
  readonly limits: readonly SourceProblem[]
  /** Attaches a pod. Rejects if that fails. */
  join(pod: PlacedPod): Promise<PodPlace>
  /**
   * A virtual address for a Service, on which this process can listen and which all pods reach; undefined if there is
   * none.
   */
  serviceAddress(index: number): string | undefined
  close(): void
}

const LOCALHOST = '127.0.0.1'
const ONE_ADDRESS: SourceProblem = {
  where: 'this machine',
  message: `only Linux supports a loopback address per pod: here, all pods are at ${LOCALHOST}`,
  help: 'Give containers that listen different ports, or run on Linux.',
}

/**
 * The network of this machine: host network pods are at 127.0.0.1, each other pod has a loopback address. Linux
 * responds on all of 127.0.0.0/8; if `ownAddresses` is false (macOS), all pods are at 127.0.0.1. `binds`: whether this
 * process can create mounts.
 */
export function sharedNetwork(folder: string, ownAddresses: boolean, binds = false): Network {
  const indexes = numberPool()
  return {
    isolated: false,
    binds,
    limits: ownAddresses ? [] : [ONE_ADDRESS],
    async join({ hostNetwork }) {
      const own = ownAddresses && !hostNetwork
      const index = own ? indexes.take() : undefined
      const address = index === undefined ? LOCALHOST : loopbackAddress(folder, index)
      return {
        address,
        hostAddress: LOCALHOST,
        space: address,
        isolated: false,
        command: (words, sandbox) => confinedCommand(words, { binds: sandbox.binds, keep: sandbox.keep ?? [] }, false),
        fromOutside: words => words,
        leave: () => index !== undefined && indexes.free(index),
      }
    },
    serviceAddress: index => (ownAddresses ? loopbackServiceAddress(folder, index) : undefined),
    close() {},
  }
}
