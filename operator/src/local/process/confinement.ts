/**
 * The command line that gives a container its own view of the file system and restricts its privileges. The mounts are
 * made in a mount namespace of the container, so they need no cleanup. Pure.
 */
import { join, relative } from 'node:path'
import type { Security } from '../manifests/workload.ts'
import type { Bind } from './volumes.ts'

/** The mounts and privileges of a container's processes. */
export type Confinement = Security & {
  readonly binds: readonly Bind[]
  /** Folders that its process needs, which no volume may hide. */
  readonly keep?: readonly string[]
}

/** `asRoot`: this process is root of the machine. Only then can it change users and capabilities. */
export function confinedCommand(words: readonly string[], sandbox: Confinement, asRoot: boolean): readonly string[] {
  const { binds, keep = [], readOnlyRoot } = sandbox
  const run = asRoot ? [...limited(sandbox), ...words] : words
  const mounts = mountsFor(binds, keep)
  if (mounts.length === 0 && !readOnlyRoot) return run
  const steps = [
    ...mounts.map(mountStep),
    ...(readOnlyRoot ? ['mount -o remount,bind,ro /'] : []),
    `shift ${2 * mounts.length}`,
    // Re-enters the working directory, which may have been mounted over.
    'cd "$PWD"',
  ]
  const script = `${steps.join(' && ')} && exec "$@"`
  return ['unshare', '--mount', 'sh', '-c', script, 'sh', ...mounts.flatMap(({ from, to }) => [from, to]), ...run]
}

/** `inside`: the mount point is in another volume and must be created first. */
type BindMount = Bind & { readonly inside: boolean }

/**
 * Mounts below the mount path of another volume are made in that volume's source folder before the volume itself is
 * mounted, which may hide the source: other volumes, deepest first, and the folders to keep.
 */
function mountsFor(binds: readonly Bind[], keep: readonly string[]): readonly BindMount[] {
  const placed = (bind: Bind): BindMount => {
    const around = covering(bind.to, binds)
    if (around === undefined) return { ...bind, inside: false }
    return { ...bind, to: join(around.from, relative(around.to, bind.to)), inside: true }
  }
  const kept = keep.filter(folder => covering(folder, binds)?.readOnly === false)
  const deepestFirst = binds.toSorted((a, b) => b.to.length - a.to.length)
  return [...kept.map(folder => placed({ from: folder, to: folder })), ...deepestFirst.map(placed)]
}

/** The innermost volume that contains a path. */
function covering(path: string, binds: readonly Bind[]) {
  const around = binds.filter(({ to }) => path.startsWith(`${to === '/' ? '' : to}/`))
  const [innermost] = around.toSorted((a, b) => b.to.length - a.to.length)
  return innermost && { ...innermost, readOnly: innermost.readOnly === true }
}

/** Paths are passed as arguments, so that none is interpreted as part of the script. */
function mountStep({ readOnly, inside }: BindMount, index: number): string {
  const [from, to] = [`"\${${2 * index + 1}}"`, `"\${${2 * index + 2}}"`]
  const mount = `${inside ? `mkdir -p ${to} && ` : ''}mount --rbind ${from} ${to}`
  return `${mount}${readOnly ? ` && mount -o remount,bind,ro ${to}` : ''}`
}

function limited({ user, group = user, capabilities, noNewPrivileges }: Confinement): readonly string[] {
  const kept = capabilities && ['-all', ...capabilities.map(name => `+${name}`)].join(',')
  const options = [
    ...(user === undefined ? [] : [`--reuid=${user}`]),
    ...(group === undefined ? [] : [`--regid=${group}`, '--clear-groups']),
    ...(kept === undefined ? [] : [`--inh-caps=${kept}`, `--bounding-set=${kept}`]),
    ...(noNewPrivileges ? ['--no-new-privs'] : []),
  ]
  return options.length === 0 ? [] : ['setpriv', ...options]
}
