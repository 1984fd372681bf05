/**
 * Network namespaces of Linux: whether this machine can make them, and how the whole program moves into one of its
 * own, so that bridge, addresses and mounts are seen by nobody else and vanish with the last process of the mesh.
 */
import { spawnSync } from 'node:child_process'
import { UserError } from '../../user-error.ts'
import type { Variables } from '../../variables.ts'

/** Why a mesh with network namespaces cannot run here. */
export const NETNS_ERROR_CODES = {
  'not-linux': 'network namespaces exist on Linux only',
  'missing-tool': 'a program that is needed is not installed',
  'not-permitted': 'neither root nor user namespaces may make a network namespace, a bridge or a mount here',
  'old-node': 'this Node cannot replace its own process: 22.15 or newer is needed',
} as const
export type NetnsErrorCode = keyof typeof NETNS_ERROR_CODES

export class NetnsError extends UserError {
  override readonly name = 'NetnsError'
  readonly code: NetnsErrorCode

  constructor(code: NetnsErrorCode, message: string, help: string) {
    super(message, { help })
    this.code = code
  }
}

/** How to get into a namespace of one's own on this machine: a command prefix. */
export type NetnsAbility =
  | { readonly able: true; readonly unshare: readonly string[] }
  | { readonly able: false; readonly error: NetnsError }

const TOOLS = ['unshare', 'nsenter', 'ip', 'mount']
const AS_ROOT = ['unshare', '--net', '--mount']
const AS_USER = ['unshare', '--user', '--map-root-user', '--net', '--mount']

/** All that the mesh will do: it is tried, for kernels, containers and security modules forbid it in many ways. */
const TRIAL = `set -e
ip link set lo up
ip link add l7mesh0 type bridge
ip link add l7mesh1 type veth peer name l7mesh2
mount --bind /tmp /tmp`

export function checkNetns(environment: Variables): NetnsAbility {
  if (process.platform !== 'linux') {
    return unable('not-linux', `--netns needs Linux, and this is ${process.platform}`, 'Run without --netns.')
  }
  const missing = TOOLS.filter(tool => !runs(['sh', '-c', `command -v ${tool}`], environment).ok)
  if (missing.length > 0) {
    const help = 'Install util-linux and iproute2 (their names in Debian, Fedora and Alpine), or run without --netns.'
    return unable('missing-tool', `--netns needs ${missing.join(', ')}, which is not in the PATH`, help)
  }
  const reasons: string[] = []
  for (const unshare of process.getuid?.() === 0 ? [AS_ROOT, AS_USER] : [AS_USER]) {
    const trial = runs([...unshare, 'sh', '-c', TRIAL], environment)
    if (trial.ok) return { able: true, unshare }
    reasons.push(trial.message)
  }
  const help = 'Run as root, allow unprivileged user namespaces, or run without --netns.'
  return unable('not-permitted', `no network namespace can be made: ${reasons.join('; ')}`, help)
}

/** Whether this very process may show another one other files than the machine's own. */
export function canBind(environment: Variables): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  return runs(['unshare', '--mount', 'sh', '-c', 'mount --bind /tmp /tmp'], environment).ok
}

/** Set in the environment of a process that `enterNetns` has moved. */
export const INSIDE_NETNS = 'L7MESH_INSIDE_NETNS'

/**
 * Starts this very process anew, with the same arguments and the same process id, in network and mount namespaces of
 * its own. Does not return; throws a NetnsError where the machine cannot. What this process holds open is lost, so
 * call it before anything else, and not where `INSIDE_NETNS` is set.
 */
export function enterNetns(environment: Variables): never {
  const ability = checkNetns(environment)
  if (!ability.able) throw ability.error
  if (process.execve === undefined) {
    throw new NetnsError('old-node', `--netns needs Node 22.15, and this is ${process.version}`, 'Update Node.')
  }
  const again = [...ability.unshare, process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const script = 'exec "$@"'
  return process.execve('/bin/sh', ['sh', '-c', script, 'sh', ...again], { ...environment, [INSIDE_NETNS]: '1' })
}

function runs([file = '', ...args]: readonly string[], env: Variables): { ok: boolean; message: string } {
  const { status, stderr, error } = spawnSync(file, args, { env: { ...env }, encoding: 'utf8', timeout: 10_000 })
  return { ok: status === 0, message: error?.message ?? stderr.trim() }
}

const unable = (code: NetnsErrorCode, message: string, help: string): NetnsAbility => ({
  able: false,
  error: new NetnsError(code, message, help),
})
