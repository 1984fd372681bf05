/**
 * A cluster network in namespaces: each node has one, each pod that does not use its host's network has one, and all
 * are connected to one bridge (`namespaces.ts`). The alternative is `sharedNetwork`.
 */
import { readFileSync } from 'node:fs'
import type { Variables } from '../../variables.ts'
import { confinedCommand } from '../process/confinement.ts'
import {
  bridgeServiceAddress,
  MAX_NODES,
  MAX_PODS_PER_NODE,
  MAX_SERVICES,
  type NumberPool,
  nodeAddress,
  numberPool,
  podAddress,
} from './address-plan.ts'
import { type Namespace, openBridge } from './namespaces.ts'
import type { Network, PodPlace } from './network.ts'

type NodeNetwork = { readonly index: number; readonly pods: NumberPool; readonly host: Promise<Namespace> }

/** Rejects if this process is not in its own network namespace, or cannot create others. */
export async function bridgeNetwork(environment: Variables): Promise<Network> {
  const bridge = await openBridge(environment)
  const nodes = new Map<string, NodeNetwork>()
  const indexes = numberPool()
  const nodeOf = (name: string): NodeNetwork => {
    const known = nodes.get(name)
    if (known !== undefined) return known
    const index = within(indexes.take(), MAX_NODES, 'nodes')
    const node = { index, pods: numberPool(), host: bridge.namespace(nodeAddress(index)) }
    nodes.set(name, node)
    // The next pod of this node retries; the pod that is waiting gets the error.
    node.host.catch(() => {
      nodes.delete(name)
      indexes.free(index)
    })
    return node
  }
  const ownPlace = async (key: string, name: string, node: NodeNetwork): Promise<PodPlace> => {
    const index = within(node.pods.take(), MAX_PODS_PER_NODE, `pods on node ${name}`)
    try {
      const host = await node.host
      const own = await bridge.namespace(podAddress(node.index, index))
      return place(own, host, `pod ${key}`, () => {
        own.close()
        node.pods.free(index)
      })
    } catch (error) {
      node.pods.free(index)
      throw error
    }
  }
  return {
    isolated: true,
    binds: true,
    limits: [],
    async join(pod) {
      const node = nodeOf(pod.node)
      if (!pod.hostNetwork) return ownPlace(pod.key, pod.node, node)
      const host = await node.host
      return place(host, host, `node ${pod.node}`, () => {})
    },
    serviceAddress: index => (index < MAX_SERVICES ? bridgeServiceAddress(index) : undefined),
    close: bridge.close,
  }
}

const place = (own: Namespace, host: Namespace, space: string, leave: () => void): PodPlace => ({
  address: own.address,
  hostAddress: host.address,
  space,
  isolated: true,
  command: (words, sandbox) => [
    'nsenter',
    `--target=${own.holder}`,
    '--net',
    ...confinedCommand(words, sandbox, isRoot()),
  ],
  fromOutside(words) {
    const how = isRoot() ? [] : ['--user', '--preserve-credentials']
    return ['nsenter', `--target=${own.holder}`, ...how, '--net', ...words]
  },
  leave,
})

/** Whether this root is root of the machine, not of a user namespace. */
const isRoot = () => /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'))

function within(index: number, most: number, what: string): number {
  if (index >= most) throw new Error(`the address range is limited to ${most} ${what}`)
  return index
}
