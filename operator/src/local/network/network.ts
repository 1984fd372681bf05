/**
 * Where a pod runs: its address, and how its processes get there. Two forms: all pods in the network of this machine
 * (here), or each node and pod in a network namespace of its own (`bridge.ts`).
 */
import type { SourceProblem } from '../../sources/snapshot.ts'
import { type Confinement, confinedCommand } from '../process/confinement.ts'
import { loopbackAddress, loopbackServiceAddress, numberPool } from './address-plan.ts'

export type PodPlace = {
  readonly address: string
  /** The address of its node. */
  readonly hostAddress: string
  /** Proxies of one socket space cannot listen on the same port. */
  readonly space: string
  /** Whether the network is the pod's own or its node's, rather than the machine's. */
  readonly isolated: boolean
  /** The command that runs `words` in the pod's network, with the volumes in place. */
  command(words: readonly string[], sandbox: Confinement): readonly string[]
  /** The command for people to type in another terminal, to run `words` in the pod's network. */
  fromOutside(words: readonly string[]): readonly string[]
  leave(): void
}

export type PlacedPod = { readonly key: string; readonly node: string; readonly hostNetwork: boolean }

export type Network = {
  /** Whether pods have networks and file system views of their own. */
  readonly isolated: boolean
  /** Whether a process can be shown other files than those of the machine. */
  readonly binds: boolean
  /** What pods cannot have here, and what helps. */
  readonly limits: readonly SourceProblem[]
  /** Gives a pod its place. Rejects where none can be made. */
  join(pod: PlacedPod): Promise<PodPlace>
  /** An address for a Service, which this process can listen on and all pods reach; undefined where there is none. */
  serviceAddress(index: number): string | undefined
  close(): void
}

const LOCALHOST = '127.0.0.1'
const ONE_ADDRESS: SourceProblem = {
  where: 'this machine',
  message: `only Linux has a loopback address for each pod: here all are at ${LOCALHOST}`,
  help: 'Give containers that listen different ports, or run on Linux.',
}

/**
 * The network of this machine: host network pods are at 127.0.0.1, each other pod has a loopback address. Linux
 * answers on all of 127.0.0.0/8; where `ownAddresses` is false (macOS) all pods are at 127.0.0.1. `binds`: whether this
 * process may make mounts.
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
