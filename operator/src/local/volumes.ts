/**
 * emptyDir volumes at the paths that the manifest says, so that the same manifest works in a cluster.
 *
 * With network namespaces each container also has its own view of the file system: the volume is a folder of the run,
 * bound over the mount path; the path may be any, and several pods may use the same. Without them a mount path is a
 * folder of the machine: it has to lie below the temporary folder, and only one pod may have it at a time.
 *
 * A folder that had to be made is removed when the pod goes.
 */
import { mkdir, readdir, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Reaper } from './reaper.ts'
import type { PodSpec } from './workload.ts'

/** A folder of the run (`from`) to be seen at a path (`to`). */
export type Bind = { readonly from: string; readonly to: string }

export type Volumes = {
  /** What each container has to see where, by its name; empty without namespaces. */
  readonly binds: ReadonlyMap<string, readonly Bind[]>
  remove(): Promise<void>
}

/** A mount path that cannot be had; the message says why and what helps. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError'
}

/** Volumes of a pod whose containers have their own view of the file system. */
export async function boundVolumes(spec: PodSpec, podFolder: string): Promise<Volumes> {
  const made: string[] = []
  for (const path of mountPaths(spec)) made.push(...(await makeFolder(path)))
  const binds = spec.containers.map(({ name, mounts }) => {
    const bound = mounts.map(mount => ({ from: join(podFolder, 'volumes', mount.volume), to: mount.path }))
    return [name, bound] as const
  })
  for (const { from } of binds.flatMap(([, bound]) => bound)) await mkdir(from, { recursive: true })
  return { binds: new Map(binds), remove: () => removeEmpty(made) }
}

export type SharedPaths = {
  /** Folders that mount paths may lie in. */
  readonly temporary: readonly string[]
  /** The mount paths that pods of this run have now. */
  readonly taken: Set<string>
  readonly reaper: Reaper
}

/** Volumes of a pod that shares the file system of the machine. */
export async function sharedVolumes(spec: PodSpec, shared: SharedPaths): Promise<Volumes> {
  const { temporary, taken, reaper } = shared
  const paths = mountPaths(spec)
  for (const path of paths) {
    if (!temporary.some(folder => path.startsWith(`${folder}/`))) {
      throw new VolumeError(`the mount path ${path} is not below ${temporary.join(' or ')}: move it there${NETNS}`)
    }
    if (taken.has(path)) throw new VolumeError(`another pod has the mount path ${path}: give it another${NETNS}`)
  }
  for (const path of paths) taken.add(path)
  const made: string[] = []
  const remove = async () => {
    await removeEmpty(made)
    for (const path of paths) taken.delete(path)
  }
  try {
    for (const path of paths) made.push(...(await makeFolder(path)))
    for (const path of paths) await mustBeEmpty(path)
  } catch (error) {
    await remove()
    throw error
  }
  for (const path of paths) reaper.addFolder(path)
  return {
    binds: new Map(),
    async remove() {
      for (const path of paths) {
        await rm(path, { recursive: true, force: true })
        reaper.removeFolder(path)
      }
      await remove()
    },
  }
}

const NETNS = ', or run with --netns (Linux)'

/** What lies there already is somebody else's. */
async function mustBeEmpty(path: string): Promise<void> {
  if ((await readdir(path)).length === 0) return
  throw new VolumeError(`the mount path ${path} exists and is not empty: remove it${NETNS}`)
}

const mountPaths = (spec: PodSpec): readonly string[] => [
  ...new Set(spec.containers.flatMap(container => container.mounts.map(mount => mount.path))),
]

/** Makes a folder and those above it that are missing; returns the ones that it made, outermost first. */
async function makeFolder(path: string): Promise<readonly string[]> {
  const outermost = await mkdir(path, { recursive: true }).catch((cause: unknown) => {
    throw new VolumeError(`the folder ${path} cannot be made: use a mount path below the temporary folder`, { cause })
  })
  if (outermost === undefined) return []
  const made = [path]
  for (let folder = path; folder !== outermost && folder !== '/'; ) {
    folder = dirname(folder)
    made.unshift(folder)
  }
  return made
}

/** Innermost first; one that somebody else uses by now stays. */
async function removeEmpty(folders: readonly string[]): Promise<void> {
  for (const folder of folders.toReversed()) await rmdir(folder).catch(() => {})
}
