/**
 * emptyDir volumes at the paths that the manifest says, so that the same manifest works in a cluster.
 *
 * With network namespaces each container also has its own view of the file system: the volume is a folder of the run,
 * bound over the mount path; the path may be any, and several pods may use the same. Without them a mount path is a
 * folder of the machine: it has to lie below the temporary folder, and only one pod may have it at a time; the temporary
 * folder itself is that of the machine.
 *
 * A folder that had to be made is removed when the pod goes.
 */
import { mkdirSync, rmdirSync } from 'node:fs'
import { chmod, mkdir, readdir, rm, rmdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { allContainers, type Mount, type PodSpec } from '../manifests/workload.ts'
import type { Reaper } from './reaper.ts'

/** A folder of the run (`from`) to be seen at a path (`to`). */
export type Bind = { readonly from: string; readonly to: string; readonly readOnly?: boolean }

export type PodVolumes = {
  /** What each container has to see where, by its name; empty without namespaces. */
  readonly binds: ReadonlyMap<string, readonly Bind[]>
  remove(): Promise<void>
}

/** A mount path that cannot be had; the message says why and what helps. */
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
    // Whatever user a container runs as.
    await chmod(folder, 0o777)
  }
  const remove = async () => {
    for (const path of paths) points.release(path)
  }
  return { binds: new Map(binds), remove }
}

/**
 * The folders that volumes are bound over. They are common to all pods, and a folder that is removed takes the mounts of
 * all with it: so one that had to be made goes with the last pod that uses it.
 */
export type MountPoints = {
  /** Throws a VolumeError where there can be no such folder. */
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
  /** Folders that mount paths may lie in. */
  readonly temporary: readonly string[]
  /** The mount paths that pods of this run have now. */
  readonly taken: Set<string>
  readonly reaper: Reaper
}

/** Volumes of a pod that shares the file system of the machine: a volume with several paths has links to the first. */
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

/** Folders of the machine that everybody may write to anyway: who mounts a volume there wants no more than that. */
const SCRATCH = ['/var/tmp', '/dev/shm']
const NETNS = ', or run with --netns (Linux)'

function mustBeAllowed(path: string, { temporary, taken }: SharedPaths): void {
  if (!temporary.some(folder => path.startsWith(`${folder}/`))) {
    throw new VolumeError(`the mount path ${path} is not below ${temporary.join(' or ')}: move it there${NETNS}`)
  }
  if (taken.has(path)) throw new VolumeError(`another pod has the mount path ${path}: give it another${NETNS}`)
}

/** What lies there already is somebody else's. */
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

/** Folders that had to be made, to be removed where they are empty: what somebody else has put there stays. */
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

/** Makes a folder and those above it that are missing; returns the ones that it made, outermost first. */
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
    throw new VolumeError(`the folder ${path} cannot be made: use a mount path below the temporary folder`, { cause })
  }
}

/** What somebody else has put there stays. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // It is not empty, or gone.
  }
}
