/**
 * Runs a script in a private network namespace, so that it can use any port, and with a private /tmp. Runs as root or
 * in a user namespace.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export type Ended = { readonly code: number; readonly output: string }

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))

/** If the repository is in the hidden /tmp, it is mounted at its place again. */
const SET_UP = `
  repository=$1 && shift &&
  ip link set lo up &&
  mount --bind "$repository" /mnt && mount -t tmpfs tmpfs /tmp &&
  mkdir -p "$repository" && mount --bind /mnt "$repository" &&
  cd "$repository" && exec "$0" "$@"`

export async function runInside(script: string, args: readonly string[]): Promise<Ended> {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  const shell = ['sh', '-c', SET_UP, process.execPath, REPOSITORY, script, ...args]
  const command = [...user, '--net', '--mount', '--', ...shell]
  const child = spawn('unshare', command, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk))
  const [code] = await once(child, 'close')
  return { code, output }
}
