/**
 * Runs a script in a network namespace of its own, so that whatever ports it takes are its own too, and with a /tmp that
 * is gone afterwards. As root, or in a user namespace.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

export type Ended = { readonly code: number; readonly output: string }

export async function runInside(script: string, args: readonly string[]): Promise<Ended> {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  const inside = 'ip link set lo up && mount -t tmpfs tmpfs /tmp && exec "$0" "$@"'
  const command = [...user, '--net', '--mount', '--', 'sh', '-c', inside, process.execPath, script, ...args]
  const child = spawn('unshare', command, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk))
  const [code] = await once(child, 'close')
  return { code, output }
}
