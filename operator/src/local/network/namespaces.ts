/**
 * Network namespaces on one bridge, which is created in the namespace of this process: call it only in a private one
 * (`enterNetns`).
 *
 * A namespace exists as long as a process is in it: its holder, a `cat` that exits when this process closes its
 * standard input, and therefore also when this process is killed. The links are removed with it.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import type { Variables } from '../../variables.ts'
import { BRIDGE_ADDRESS, BRIDGE_PREFIX, macOf, SERVICE_RANGE } from './address-plan.ts'

export type Namespace = {
  /** The PID of a process in the namespace. */
  readonly holder: number
  readonly address: string
  /** The namespace is removed when its last process has exited. */
  close(): void
}

export type Bridge = {
  /** Creates a namespace with one interface that has this address. Rejects if that fails. */
  namespace(address: string): Promise<Namespace>
  /** Closes all namespaces. */
  close(): void
}

const execute = promisify(execFile)
/** The interface name of the bridge. */
export const BRIDGE = 'l7mesh'
const TIMEOUT_MS = 10_000

/** Creates the bridge. Rejects if that fails, for example because it exists. */
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
    await holder.configure()
  }
  return {
    async namespace(address) {
      const holder = await startHolder(address, environment)
      const made: Namespace = {
        holder: holder.pid,
        address,
        close() {
          open.delete(made)
          holder.release()
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
  /** To be called when the interface exists. Resolves when it has its address. */
  configure(): Promise<void>
  release(): void
}

/** Forking a small process is cheaper than forking this one, so the holder runs these commands itself. */
const holding = (address: string) =>
  [
    'ip link set lo up && echo up && read -r _',
    `ip addr add ${address}/${BRIDGE_PREFIX} dev eth0 && ip link set eth0 up && echo connected`,
    'exec cat',
  ].join(' && ')

/** Resolves when the namespace exists. Rejects if it cannot be created. */
async function startHolder(address: string, environment: Variables): Promise<NamespaceHolder> {
  const child = spawn('unshare', ['--net', 'sh', '-c', holding(address)], {
    env: { ...environment },
    // In its own session: Ctrl-C must not remove the network before the pods have terminated.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let errorText = ''
  child.stderr.on('data', chunk => {
    errorText += chunk
  })
  // The exit of the process is reported below.
  child.stdin.on('error', () => {})
  const ended = once(child, 'exit').then(() => false)
  const acknowledged = async () => {
    const isAcknowledged = await Promise.race([once(child.stdout, 'data').then(() => true), ended])
    if (!isAcknowledged) throw new Error(`cannot create a network namespace: ${errorText.trim()}`)
  }
  await acknowledged()
  if (child.pid === undefined) throw new Error('a network namespace has no process')
  return {
    pid: child.pid,
    configure() {
      child.stdin.write('\n')
      return acknowledged()
    },
    release: () => void child.stdin.end(),
  }
}
