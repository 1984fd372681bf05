/**
 * Runs a script in a network namespace of its own, so that whatever ports it takes are its own too, and with a /tmp that
 * is gone afterwards. As root, or in a user namespace.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export type Ended = { readonly code: number; readonly output: string }

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))

/** The repository may lie in the /tmp that is covered, so it is put back in its place. */
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
