/** The file system interface of the folder source, and its implementation. */
import { watch } from 'node:fs'
import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises'
import { textOfFile } from '../documents/encoding.ts'

export type Stat = {
  readonly type: 'file' | 'folder' | 'other'
  /** Changes when the path refers to another file or folder. */
  readonly identity: string
  /** Changes with the content. */
  readonly stamp: string
  /** Time of the last change in ms since 1970. */
  readonly changedAt: number
}
export type FolderEntry = { readonly name: string; readonly isLink: boolean; readonly isFile: boolean }

/**
 * Rejects with the errors of node:fs. All calls follow symbolic links; `stat` distinguishes a broken link from a
 * missing file.
 */
export type Disk = {
  list(folder: string): Promise<readonly FolderEntry[]>
  stat(path: string): Promise<Stat>
  read(file: string): Promise<string>
  /** The path without symbolic links. */
  resolve(path: string): Promise<string>
  /** Reports the names of entries of this folder that may have changed, and its own name when it is removed. */
  watch(folder: string, onEvent: (name: string | null) => void, onError: (error: unknown) => void): Watcher
}
export type Watcher = { close(): void }

export const DISK: Disk = {
  async list(folder) {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.map(entry => ({ name: entry.name, isLink: entry.isSymbolicLink(), isFile: entry.isFile() }))
  },
  async stat(path) {
    const found = await stat(path, { bigint: true }).catch((error: unknown) => explainFailure(path, error))
    const identity = `${found.dev}:${found.ino}:${found.birthtimeNs}`
    return {
      type: found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other',
      identity,
      stamp: `${identity}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`,
      changedAt: Math.max(Number(found.ctimeMs), Number(found.mtimeMs)),
    }
  },
  read: async file => textOfFile(await readFile(file)),
  resolve: path => realpath(path),
  /**
   * One inotify watch per folder: it reports entries by name, regardless of their inodes. The recursive mode of node:fs
   * works the same way, but hides through which link a change was reported.
   */
  watch(folder, onEvent, onError) {
    const watcher = watch(folder, (_event, name) => onEvent(name))
    watcher.on('error', onError)
    return watcher
  },
}

/** The target of a link may reappear, so it does not count as removed. */
async function explainFailure(path: string, error: unknown): Promise<never> {
  const link = await lstat(path).catch(() => undefined)
  if (!link?.isSymbolicLink()) throw error
  throw new Error('broken symbolic link', { cause: error })
}
