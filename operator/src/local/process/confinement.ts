/**
 * The command line that gives a container its own view of the file system and takes from it what it must not have. The
 * mounts are made in a mount namespace of the container alone, so nobody has to undo them. Pure.
 */
import { join, relative } from 'node:path'
import type { Security } from '../manifests/workload.ts'
import type { Bind } from './volumes.ts'

/** What the processes of a container find, and may do. */
export type Confinement = Security & {
  readonly binds: readonly Bind[]
  /** Folders that its process needs, and that no volume may hide. */
  readonly keep?: readonly string[]
}

/** There are other users than root, and fewer rights, only where this root is the machine's own (`asRoot`). */
export function confinedCommand(words: readonly string[], sandbox: Confinement, asRoot: boolean): readonly string[] {
  const { binds, keep = [], readOnlyRoot } = sandbox
  const run = asRoot ? [...limited(sandbox), ...words] : words
  const mounts = mountsFor(binds, keep)
  if (mounts.length === 0 && !readOnlyRoot) return run
  const steps = [
    ...mounts.map(mountStep),
    ...(readOnlyRoot ? ['mount -o remount,bind,ro /'] : []),
    `shift ${2 * mounts.length}`,
    // The folder it stands in may have been covered, and be there again.
    'cd "$PWD"',
  ]
  const script = `${steps.join(' && ')} && exec "$@"`
  return ['unshare', '--mount', 'sh', '-c', script, 'sh', ...mounts.flatMap(({ from, to }) => [from, to]), ...run]
}

/** Where it is laid into a volume, the folder has to be made first. */
type BindMount = Bind & { readonly inside: boolean }

/**
 * What lies below the mount path of a volume is laid into that volume before it is mounted itself, for from then on its
 * own folder may be covered: other volumes, deepest first, and what is to be kept.
 */
function mountsFor(binds: readonly Bind[], keep: readonly string[]): readonly BindMount[] {
  const laid = (bind: Bind): BindMount => {
    const around = covering(bind.to, binds)
    if (around === undefined) return { ...bind, inside: false }
    return { ...bind, to: join(around.from, relative(around.to, bind.to)), inside: true }
  }
  const kept = keep.filter(folder => covering(folder, binds)?.readOnly === false)
  const deepestFirst = binds.toSorted((a, b) => b.to.length - a.to.length)
  return [...kept.map(folder => laid({ from: folder, to: folder })), ...deepestFirst.map(laid)]
}

/** The volume in which a path lies; with more than one, the innermost. */
function covering(path: string, binds: readonly Bind[]) {
  const around = binds.filter(({ to }) => path.startsWith(`${to === '/' ? '' : to}/`))
  const [innermost] = around.toSorted((a, b) => b.to.length - a.to.length)
  return innermost && { ...innermost, readOnly: innermost.readOnly === true }
}

/** Paths are arguments of the script, so that none can be read as a part of it. */
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
