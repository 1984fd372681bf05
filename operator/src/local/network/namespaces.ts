/**
 * Network namespaces on one bridge, which is made in the namespace of this process: call it only in one of one's own
 * (`enterNetns`).
 *
 * A namespace lives as long as a process is in it: its holder, a `cat` that ends when this process lets go of its
 * input, and so also when this process is killed. Its links go with it.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import type { Variables } from '../../variables.ts'
import { BRIDGE_ADDRESS, BRIDGE_PREFIX, macOf, SERVICE_RANGE } from './address-plan.ts'

export type Namespace = {
  /** A process that stands in it. */
  readonly holder: number
  readonly address: string
  /** It is gone when the last of its processes has ended too. */
  close(): void
}

export type Bridge = {
  /** Makes a namespace with one interface that has this address. Rejects where it cannot. */
  namespace(address: string): Promise<Namespace>
  /** Closes all namespaces. */
  close(): void
}

const execute = promisify(execFile)
/** The name of its interface. */
export const BRIDGE = 'l7mesh'
const TIMEOUT_MS = 10_000

/** Makes the bridge. Rejects where it cannot, as where there is one already. */
export async function openBridge(environment: Variables): Promise<Bridge> {
  const run = async (file: string, ...args: readonly string[]) => {
    await execute(file, args, { env: { ...environment }, timeout: TIMEOUT_MS })
  }
  await run('ip', 'link', 'set', 'lo', 'up')
  await run('ip', 'link', 'add', BRIDGE, 'type', 'bridge')
  await run('ip', 'addr', 'add', `${BRIDGE_ADDRESS}/${BRIDGE_PREFIX}`, 'dev', BRIDGE)
  await run('ip', 'link', 'set', BRIDGE, 'up')
  await run('ip', 'route', 'add', 'local', SERVICE_RANGE, 'dev', BRIDGE)

  const open = new Set<Namespace>()
  let links = 0
  const connect = async (holder: NamespaceHolder, address: string) => {
    const link = `veth${links++}`
    const peer = `peer name eth0 address ${macOf(address)} netns ${holder.pid}`
    const attach = `ip link set ${link} master ${BRIDGE} up`
    await run('sh', '-c', `ip link add ${link} type veth ${peer} && ${attach}`)
    await holder.goOn()
  }
  return {
    async namespace(address) {
      const holder = await startHolder(address, environment)
      const made: Namespace = {
        holder: holder.pid,
        address,
        close() {
          open.delete(made)
          holder.letGo()
        },
      }
      open.add(made)
      try {
        await connect(holder, address)
      } catch (error) {
        made.close()
        throw error
      }
      return made
    },
    close() {
      for (const namespace of open) namespace.close()
    },
  }
}

type NamespaceHolder = {
  readonly pid: number
  /** Call it when the interface is there. Resolves when it has its address. */
  goOn(): Promise<void>
  letGo(): void
}

/** Programs started by a small process cost less than those started by this one, so it does what it can by itself. */
const holding = (address: string) =>
  [
    'ip link set lo up && echo up && read -r _',
    `ip addr add ${address}/${BRIDGE_PREFIX} dev eth0 && ip link set eth0 up && echo connected`,
    'exec cat',
  ].join(' && ')

/** Resolves when the namespace exists. Rejects where it could not be made. */
async function startHolder(address: string, environment: Variables): Promise<NamespaceHolder> {
  const child = spawn('unshare', ['--net', 'sh', '-c', holding(address)], {
    env: { ...environment },
    // In a session of its own, for Ctrl-C must not take the network away before the pods have ended.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let complaint = ''
  child.stderr.on('data', chunk => {
    complaint += chunk
  })
  // One that has ended is told of as such.
  child.stdin.on('error', () => {})
  const ended = once(child, 'exit').then(() => false)
  const told = async () => {
    const isTold = await Promise.race([once(child.stdout, 'data').then(() => true), ended])
    if (!isTold) throw new Error(`a network namespace could not be made: ${complaint.trim()}`)
  }
  await told()
  if (child.pid === undefined) throw new Error('a network namespace has no process')
  return {
    pid: child.pid,
    goOn() {
      child.stdin.write('\n')
      return told()
    },
    letGo: () => void child.stdin.end(),
  }
}
