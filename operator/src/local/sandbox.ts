/**
 * The command line that gives a container its own view of the file system and takes from it what it must not have. The
 * mounts are made in a mount namespace of the container alone, so nobody has to undo them. Pure.
 */
import type { Sandbox } from './network.ts'
import type { Bind } from './volumes.ts'

/** Other users than root there are only where this root is the machine's own (`asRoot`), not that of a user namespace. */
export function confined(words: readonly string[], sandbox: Sandbox, asRoot: boolean): readonly string[] {
  const { binds, readOnlyRoot } = sandbox
  const run = asRoot ? [...asUser(sandbox), ...words] : words
  if (binds.length === 0 && !readOnlyRoot) return run
  const steps = [...binds.map(mountStep), ...(readOnlyRoot ? ['mount -o remount,bind,ro /'] : [])]
  const script = `${steps.join(' && ')} && shift ${2 * binds.length} && exec "$@"`
  return ['unshare', '--mount', 'sh', '-c', script, 'sh', ...binds.flatMap(({ from, to }) => [from, to]), ...run]
}

/** Paths are arguments of the script, so that none can be read as a part of it. */
function mountStep({ readOnly }: Bind, index: number): string {
  const [from, to] = [`"\${${2 * index + 1}}"`, `"\${${2 * index + 2}}"`]
  return `mount --bind ${from} ${to}${readOnly ? ` && mount -o remount,bind,ro ${to}` : ''}`
}

function asUser({ user, group = user }: Sandbox): readonly string[] {
  if (user === undefined) return []
  const who = [`--reuid=${user}`, `--regid=${group}`, '--clear-groups']
  return ['setpriv', ...who, '--inh-caps=-all', '--bounding-set=-all', '--no-new-privs']
}
