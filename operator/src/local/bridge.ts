/**
 * A cluster's network in namespaces: each node is one, each pod that is not on its node's network is one, and all of
 * them hang on one bridge in the namespace of this process. Call it only inside a namespace of one's own
 * (`enterNetns`), for it makes a bridge where it stands.
 *
 * A namespace lives as long as a process is in it: its holder, a `cat` that ends when this process lets go of its
 * input, and so also when this process is killed.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import {
  BRIDGE_ADDRESS,
  BRIDGE_PREFIX,
  MOST_NODES,
  MOST_PODS_OF_A_NODE,
  nodeAddress,
  numbers,
  podAddress,
} from './addresses.ts'
import type { Variables } from './environment.ts'
import type { Network, PodPlace } from './network.ts'
import type { Bind } from './volumes.ts'

const execute = promisify(execFile)
const BRIDGE = 'l7mesh'

type Namespace = { readonly holder: number; readonly address: string; close(): void }
type Node = { readonly index: number; readonly pods: ReturnType<typeof numbers>; readonly space: Promise<Namespace> }

export async function bridgeNetwork(environment: Variables): Promise<Network> {
  const run = async (file: string, ...args: readonly string[]) => {
    await execute(file, args, { env: { ...environment }, timeout: 10_000 })
  }
  await run('ip', 'link', 'set', 'lo', 'up')
  await run('ip', 'link', 'add', BRIDGE, 'type', 'bridge')
  await run('ip', 'addr', 'add', `${BRIDGE_ADDRESS}/${BRIDGE_PREFIX}`, 'dev', BRIDGE)
  await run('ip', 'link', 'set', BRIDGE, 'up')

  const open = new Set<Namespace>()
  let links = 0
  const connect = async (holder: number, address: string) => {
    const link = `veth${links++}`
    const inside = ['nsenter', `--target=${holder}`, '--net', 'ip'] as const
    await run('ip', 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', `${holder}`)
    await run('ip', 'link', 'set', link, 'master', BRIDGE, 'up')
    await run(...inside, 'addr', 'add', `${address}/${BRIDGE_PREFIX}`, 'dev', 'eth0')
    await run(...inside, 'link', 'set', 'eth0', 'up')
  }
  const namespace = async (address: string): Promise<Namespace> => {
    const { pid, child } = await startHolder(environment)
    const made: Namespace = {
      holder: pid,
      address,
      close() {
        open.delete(made)
        child.stdin?.end()
      },
    }
    open.add(made)
    try {
      await connect(pid, address)
    } catch (error) {
      made.close()
      throw error
    }
    return made
  }

  const nodes = new Map<string, Node>()
  const indexes = numbers()
  const nodeOf = (name: string): Node => {
    const known = nodes.get(name)
    if (known !== undefined) return known
    const index = within(indexes.take(), MOST_NODES, 'nodes')
    const node = { index, pods: numbers(), space: namespace(nodeAddress(index)) }
    nodes.set(name, node)
    // The next pod of this node tries anew; the one that waits for it now is told.
    node.space.catch(() => nodes.delete(name))
    return node
  }

  return {
    isolated: true,
    async join(pod) {
      const node = nodeOf(pod.node)
      const host = await node.space
      if (pod.hostNetwork) return place(host, host, `node ${pod.node}`, () => {})
      const index = within(node.pods.take(), MOST_PODS_OF_A_NODE, `pods on node ${pod.node}`)
      const own = await namespace(podAddress(node.index, index))
      return place(own, host, `pod ${pod.key}`, () => {
        own.close()
        node.pods.free(index)
      })
    },
    close() {
      for (const namespace of open) namespace.close()
    },
  }
}

const place = (own: Namespace, host: Namespace, space: string, leave: () => void): PodPlace => ({
  address: own.address,
  hostAddress: host.address,
  space,
  isolated: true,
  command: (words, binds) => ['nsenter', `--target=${own.holder}`, '--net', ...boundCommand(words, binds)],
  fromOutside(words) {
    const how = isRoot() ? [] : ['--user', '--preserve-credentials']
    return ['nsenter', `--target=${own.holder}`, ...how, '--net', ...words]
  },
  leave,
})

/** Whether root here is root of the machine, and not of a user namespace. */
const isRoot = () => /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'))

/** The mounts are made in a mount namespace of the container alone, so nobody has to undo them. */
function boundCommand(words: readonly string[], binds: readonly Bind[]): readonly string[] {
  if (binds.length === 0) return words
  const script = `${binds.map((_, index) => `mount --bind "\${${2 * index + 1}}" "\${${2 * index + 2}}"`).join(' && ')} &&
shift ${2 * binds.length} && exec "$@"`
  const paths = binds.flatMap(({ from, to }) => [from, to])
  return ['unshare', '--mount', 'sh', '-c', script, 'sh', ...paths, ...words]
}

/** Resolves when the namespace exists. Rejects where it could not be made. */
async function startHolder(environment: Variables): Promise<{ readonly pid: number; readonly child: ChildProcess }> {
  const script = 'ip link set lo up && echo up && exec cat'
  const child = spawn('unshare', ['--net', 'sh', '-c', script], {
    env: { ...environment },
    // In a session of its own, for Ctrl-C must not take the network away before the pods have ended.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let complaint = ''
  child.stderr.on('data', chunk => {
    complaint += chunk
  })
  const up = once(child.stdout, 'data').then(() => true)
  const ended = once(child, 'exit').then(() => false)
  const isUp = await Promise.race([up, ended])
  if (!isUp || child.pid === undefined) throw new Error(`a network namespace could not be made: ${complaint.trim()}`)
  return { pid: child.pid, child }
}

function within(index: number, most: number, what: string): number {
  if (index >= most) throw new Error(`there are addresses for ${most} ${what} only`)
  return index
}
