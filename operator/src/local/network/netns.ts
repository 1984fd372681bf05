/**
 * Network namespaces of Linux: checks whether this machine can create them, and moves the whole program into a private
 * one, so that bridge, addresses and mounts are invisible to others and vanish with the last process of the mesh.
 */
import { spawnSync } from 'node:child_process'
import { UserError } from '../../user-error.ts'
import type { Variables } from '../../variables.ts'

/** Why a mesh with network namespaces cannot run here. */
export const NETNS_ERROR_CODES = {
  'not-linux': 'network namespaces exist on Linux only',
  'missing-tool': 'a required program is not installed',
  'not-permitted': 'neither root nor user namespaces can create a network namespace, a bridge or a mount here',
  'old-node': 'this Node.js cannot replace its own process: 22.15 or newer is required',
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

/** Whether this process can enter a private namespace, and the command prefix for it. */
export type NetnsSupport =
  | { readonly supported: true; readonly unshare: readonly string[] }
  | { readonly supported: false; readonly error: NetnsError }

const TOOLS = ['unshare', 'nsenter', 'ip', 'mount']
const AS_ROOT = ['unshare', '--net', '--mount']
const AS_USER = ['unshare', '--user', '--map-root-user', '--net', '--mount']

/** All that the mesh needs. It is tried, because kernels, containers and security modules restrict it in many ways. */
const TRIAL = `set -e
ip link set lo up
ip link add l7mesh0 type bridge
ip link add l7mesh1 type veth peer name l7mesh2
mount --bind /tmp /tmp`

export function checkNetns(environment: Variables): NetnsSupport {
  if (process.platform !== 'linux') {
    return unsupported('not-linux', `--netns needs Linux, and this is ${process.platform}`, 'Run without --netns.')
  }
  const missing = TOOLS.filter(tool => !runs(['sh', '-c', `command -v ${tool}`], environment).ok)
  if (missing.length > 0) {
    const help = 'Install util-linux and iproute2 (their names in Debian, Fedora and Alpine), or run without --netns.'
    return unsupported('missing-tool', `--netns needs ${missing.join(', ')}, which is not in the PATH`, help)
  }
  const reasons: string[] = []
  for (const unshare of process.getuid?.() === 0 ? [AS_ROOT, AS_USER] : [AS_USER]) {
    const trial = runs([...unshare, 'sh', '-c', TRIAL], environment)
    if (trial.ok) return { supported: true, unshare }
    reasons.push(trial.message)
  }
  const help = 'Run as root, allow unprivileged user namespaces, or run without --netns.'
  return unsupported('not-permitted', `cannot create a network namespace: ${reasons.join('; ')}`, help)
}

/** Whether this process can create bind mounts for another process. */
export function canBind(environment: Variables): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  return runs(['unshare', '--mount', 'sh', '-c', 'mount --bind /tmp /tmp'], environment).ok
}

/** Set in the environment of a process that `enterNetns` has moved. */
export const INSIDE_NETNS = 'L7MESH_INSIDE_NETNS'

/**
 * Re-executes this process, with the same arguments and the same PID, in its own network and mount namespaces. Does not
 * return; throws a NetnsError if the machine does not support it. All open resources are lost, so call it before
 * anything else, and not if `INSIDE_NETNS` is set.
 */
export function enterNetns(environment: Variables): never {
  const support = checkNetns(environment)
  if (!support.supported) throw support.error
  if (process.execve === undefined) {
    throw new NetnsError('old-node', `--netns needs Node 22.15, and this is ${process.version}`, 'Update Node.')
  }
  const again = [...support.unshare, process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const script = 'exec "$@"'
  return process.execve('/bin/sh', ['sh', '-c', script, 'sh', ...again], { ...environment, [INSIDE_NETNS]: '1' })
}

function runs([file = '', ...args]: readonly string[], env: Variables): { ok: boolean; message: string } {
  const { status, stderr, error } = spawnSync(file, args, { env: { ...env }, encoding: 'utf8', timeout: 10_000 })
  return { ok: status === 0, message: error?.message ?? stderr.trim() }
}

const unsupported = (code: NetnsErrorCode, message: string, help: string): NetnsSupport => ({
  supported: false,
  error: new NetnsError(code, message, help),
})
