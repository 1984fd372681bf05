/**
 * emptyDir volumes at the mount paths of the manifest, so that the same manifest works in a cluster.
 *
 * With mount namespaces, each container has its own view of the file system: the volume is a folder of the run,
 * bind-mounted to the mount path, which can be any path and can be used by several pods. Without them, a mount path is
 * a folder of the machine: it must be below the temporary folder, and only one pod can use it at a time; the temporary
 * folder itself is that of the machine.
 *
 * Folders that had to be created are removed with the pod.
 */
import { mkdirSync, rmdirSync } from 'node:fs'
import { chmod, mkdir, readdir, rm, rmdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { allContainers, type Mount, type PodSpec } from '../manifests/workload.ts'
import type { Reaper } from './reaper.ts'

/** A bind mount of a folder of the run (`from`) at a path (`to`). */
export type Bind = { readonly from: string; readonly to: string; readonly readOnly?: boolean }

export type PodVolumes = {
  /** The bind mounts of each container, by its name; empty without namespaces. */
  readonly binds: ReadonlyMap<string, readonly Bind[]>
  remove(): Promise<void>
}

/** A mount path that cannot be used; the message has the reason and the remedy. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError'
}

/** Volumes of a pod whose containers have their own view of the file system. */
export async function boundVolumes(spec: PodSpec, podFolder: string, points: MountPoints): Promise<PodVolumes> {
  const paths = [...mountPaths(spec).keys()]
  for (const path of paths) points.take(path)
  const binds = allContainers(spec).map(({ name, mounts }) => {
    return [name, mounts.map(mount => bindOf(mount, podFolder))] as const
  })
  for (const { volume } of allContainers(spec)
    .flatMap(({ mounts }) => mounts)
    .filter(({ from }) => from === undefined)) {
    const folder = join(podFolder, 'volumes', volume)
    await mkdir(folder, { recursive: true })
    // Writable for any user that a container runs as.
    await chmod(folder, 0o777)
  }
  const remove = async () => {
    for (const path of paths) points.release(path)
  }
  return { binds: new Map(binds), remove }
}

/**
 * The mount points of volumes. They are shared by all pods, and removing a folder also removes the mounts on it: a
 * created folder is removed with the last pod that uses it.
 */
export type MountPoints = {
  /** Throws a VolumeError if the folder cannot be created. */
  take(path: string): void
  release(path: string): void
}

export function mountPoints(reaper: Reaper): MountPoints {
  const users = new Map<string, number>()
  const made = new Set<string>()
  const isUsed = (folder: string) => [...users.keys()].some(path => path === folder || path.startsWith(`${folder}/`))
  return {
    take(path) {
      for (const folder of makeFolder(path)) {
        made.add(folder)
        reaper.addEmptyFolder(folder)
      }
      users.set(path, (users.get(path) ?? 0) + 1)
    },
    release(path) {
      const left = (users.get(path) ?? 0) - 1
      if (left > 0) return void users.set(path, left)
      users.delete(path)
      for (let folder = path; made.has(folder) && !isUsed(folder); folder = dirname(folder)) {
        made.delete(folder)
        removeEmpty(folder)
        reaper.removeEmptyFolder(folder)
      }
    },
  }
}

const bindOf = ({ volume, path, from, readOnly }: Mount, podFolder: string): Bind => ({
  from: from ?? join(podFolder, 'volumes', volume),
  to: path,
  ...(readOnly && { readOnly }),
})

export type SharedPaths = {
  /** Folders that may contain mount paths. */
  readonly temporary: readonly string[]
  /** The mount paths in use by pods of this run. */
  readonly taken: Set<string>
  readonly reaper: Reaper
}

/**
 * Volumes of a pod that shares the file system of the machine. If a volume has several mount paths, the others are
 * links to the first.
 */
export async function sharedVolumes(spec: PodSpec, shared: SharedPaths): Promise<PodVolumes> {
  const { taken, reaper } = shared
  const all = [...mountPaths(spec)]
  const isScratch = (path: string) => shared.temporary.includes(path) || SCRATCH.includes(path)
  const paths = new Map(all.filter(([path]) => !isScratch(path)))
  for (const path of paths.keys()) mustBeAllowed(path, shared)
  for (const path of paths.keys()) taken.add(path)
  const made = madeFolders(reaper)
  const filled: string[] = []
  const remove = async () => {
    for (const path of filled) {
      await rm(path, { recursive: true, force: true })
      reaper.removeFolder(path)
    }
    await made.remove()
    for (const path of paths.keys()) taken.delete(path)
  }
  const homes = new Map(all.filter(([path]) => isScratch(path)).map(([path, volume]) => [volume, path] as const))
  try {
    for (const [path, volume] of paths) {
      await made.make(path)
      await mustBeEmpty(path)
      const home = homes.get(volume)
      if (home !== undefined) await replaceByLink(path, home)
      homes.set(volume, home ?? path)
      filled.push(path)
      reaper.addFolder(path)
    }
  } catch (error) {
    await remove()
    throw error
  }
  return { binds: new Map(), remove }
}

/** World-writable folders of the machine, which are used as they are. */
const SCRATCH = ['/var/tmp', '/dev/shm']
const NETNS = ', or run with --netns (Linux)'

function mustBeAllowed(path: string, { temporary, taken }: SharedPaths): void {
  if (!temporary.some(folder => path.startsWith(`${folder}/`))) {
    throw new VolumeError(`the mount path ${path} is not below ${temporary.join(' or ')}: move it there${NETNS}`)
  }
  if (taken.has(path)) throw new VolumeError(`another pod uses the mount path ${path}: use a different one${NETNS}`)
}

/** Existing content belongs to somebody else. */
async function mustBeEmpty(path: string): Promise<void> {
  if ((await readdir(path)).length === 0) return
  throw new VolumeError(`the mount path ${path} exists and is not empty: remove it${NETNS}`)
}

async function replaceByLink(path: string, home: string): Promise<void> {
  await rmdir(path)
  await symlink(home, path)
}

/** The volume at each mount path of a pod. */
const mountPaths = (spec: PodSpec): ReadonlyMap<string, string> =>
  new Map(allContainers(spec).flatMap(({ mounts }) => mounts.map(({ path, volume }) => [path, volume] as const)))

/** Folders that had to be created. They are removed if they are empty; content of others is kept. */
function madeFolders(reaper: Reaper) {
  const made: string[] = []
  return {
    async make(path: string): Promise<void> {
      const fresh = makeFolder(path)
      for (const folder of fresh) reaper.addEmptyFolder(folder)
      made.push(...fresh)
    },
    async remove(): Promise<void> {
      for (const folder of made.splice(0).reverse()) {
        removeEmpty(folder)
        reaper.removeEmptyFolder(folder)
      }
    },
  }
}

/** Creates a folder and its missing parents; returns the created ones, outermost first. */
function makeFolder(path: string): readonly string[] {
  const outermost = tryMkdir(path)
  if (outermost === undefined) return []
  const made = [path]
  for (let folder = path; folder !== outermost && folder !== '/'; ) {
    folder = dirname(folder)
    made.unshift(folder)
  }
  return made
}

function tryMkdir(path: string): string | undefined {
  try {
    return mkdirSync(path, { recursive: true })
  } catch (cause) {
    throw new VolumeError(`cannot create the folder ${path}: use a mount path below the temporary folder`, { cause })
  }
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // It is not empty, or does not exist.
  }
}
