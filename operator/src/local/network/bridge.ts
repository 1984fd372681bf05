/**
 * A cluster's network in namespaces: each node is one, each pod that is not on its node's network is one, and all of
 * them hang on one bridge (`namespaces.ts`). The other form is `sharedNetwork`.
 */
import { readFileSync } from 'node:fs'
import type { Variables } from '../../variables.ts'
import { confinedCommand } from '../process/confinement.ts'
import {
  bridgeServiceAddress,
  MOST_NODES,
  MOST_PODS_OF_A_NODE,
  MOST_SERVICES,
  type NumberPool,
  nodeAddress,
  numberPool,
  podAddress,
} from './address-plan.ts'
import { type Namespace, openBridge } from './namespaces.ts'
import type { Network, PodPlace } from './network.ts'

type NodeNetwork = { readonly index: number; readonly pods: NumberPool; readonly host: Promise<Namespace> }

/** Rejects where this process does not stand in a namespace of its own, or cannot make others. */
export async function bridgeNetwork(environment: Variables): Promise<Network> {
  const bridge = await openBridge(environment)
  const nodes = new Map<string, NodeNetwork>()
  const indexes = numberPool()
  const nodeOf = (name: string): NodeNetwork => {
    const known = nodes.get(name)
    if (known !== undefined) return known
    const index = within(indexes.take(), MOST_NODES, 'nodes')
    const node = { index, pods: numberPool(), host: bridge.namespace(nodeAddress(index)) }
    nodes.set(name, node)
    // The next pod of this node tries anew; the one that waits for it now is told.
    node.host.catch(() => {
      nodes.delete(name)
      indexes.free(index)
    })
    return node
  }
  const ownPlace = async (key: string, name: string, node: NodeNetwork): Promise<PodPlace> => {
    const index = within(node.pods.take(), MOST_PODS_OF_A_NODE, `pods on node ${name}`)
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
    serviceAddress: index => (index < MOST_SERVICES ? bridgeServiceAddress(index) : undefined),
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

/** Whether root here is root of the machine, and not of a user namespace. */
const isRoot = () => /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'))

function within(index: number, most: number, what: string): number {
  if (index >= most) throw new Error(`there are addresses for ${most} ${what} only`)
  return index
}
