/**
 * The command line that gives a container its own view of the file system and takes from it what it must not have. The
 * mounts are made in a mount namespace of the container alone, so nobody has to undo them. Pure.
 */
import type { Sandbox } from './network.ts'
import type { Bind } from './volumes.ts'

/** There are other users than root, and fewer rights, only where this root is the machine's own (`asRoot`). */
export function confined(words: readonly string[], sandbox: Sandbox, asRoot: boolean): readonly string[] {
  const { binds, readOnlyRoot } = sandbox
  const run = asRoot ? [...limited(sandbox), ...words] : words
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

function limited({ user, group = user, capabilities, noNewPrivileges }: Sandbox): readonly string[] {
  const kept = capabilities && ['-all', ...capabilities.map(name => `+${name}`)].join(',')
  const options = [
    ...(user === undefined ? [] : [`--reuid=${user}`]),
    ...(group === undefined ? [] : [`--regid=${group}`, '--clear-groups']),
    ...(kept === undefined ? [] : [`--inh-caps=${kept}`, `--bounding-set=${kept}`]),
    ...(noNewPrivileges ? ['--no-new-privs'] : []),
  ]
  return options.length === 0 ? [] : ['setpriv', ...options]
}
