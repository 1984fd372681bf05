/**
 * A lock that allows one run of a folder at a time. It is a file in the temporary folder, named after the real path of
 * the folder, with the PID and the start time of the process that holds it, because PIDs are reused. The lock of a
 * process that has exited is taken over.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { link, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isRecord } from '@l7mesh/crds'
import { processStat } from './process-stat.ts'

export type FolderLock =
  | { readonly held: true; release(): Promise<void> }
  | {
      readonly held: false
      /** The process that holds the lock. */
      readonly pid: number
      readonly folder: string
    }

type LockHolder = { readonly pid: number; readonly started: string; readonly folder: string }

/** Rejects if the folder does not exist or the temporary folder is not writable. */
export async function lockFolder(folder: string, temporary: string = tmpdir()): Promise<FolderLock> {
  const real = await realpath(folder)
  const file = join(temporary, `l7mesh-up-${createHash('sha256').update(real).digest('hex').slice(0, 16)}.lock`)
  const own: LockHolder = { pid: process.pid, started: startOf(process.pid) ?? '', folder: real }
  const draft = `${file}.${process.pid}`
  await writeFile(draft, JSON.stringify(own))
  try {
    return await take(file, draft)
  } finally {
    await rm(draft, { force: true })
  }
}

/** Creating a link is atomic, so that a partially written lock is never read. */
async function take(file: string, draft: string): Promise<FolderLock> {
  for (;;) {
    const made = await link(draft, file).then(
      () => true,
      (error: unknown) => {
        if (isRecord(error) && error.code === 'EEXIST') return false
        throw error
      },
    )
    if (made) return { held: true, release: () => rm(file, { force: true }) }
    const holder = await readHolder(file)
    if (holder !== undefined && isAlive(holder)) return { held: false, pid: holder.pid, folder: holder.folder }
    await removeStale(file, draft, holder)
  }
}

/** Moved first: if it is not the stale lock any more, another process was faster, and its lock is restored. */
async function removeStale(file: string, draft: string, stale: LockHolder | undefined): Promise<void> {
  const aside = `${draft}.stale`
  await rename(file, aside).catch(() => {})
  const moved = await readHolder(aside)
  const faster = moved !== undefined && (moved.pid !== stale?.pid || moved.started !== stale.started)
  if (faster) await link(aside, file).catch(() => {})
  await rm(aside, { force: true })
}

/** Undefined if the file does not exist or is not a lock. */
async function readHolder(file: string): Promise<LockHolder | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'))
    if (!isRecord(value)) return undefined
    const { pid, started, folder } = value
    if (typeof pid !== 'number' || typeof started !== 'string' || typeof folder !== 'string') return undefined
    return { pid, started, folder }
  } catch {
    return undefined
  }
}

const isAlive = ({ pid, started }: LockHolder) => startOf(pid) === started

/** The start time of a process, in a format of this system; undefined if the process does not exist. */
function startOf(pid: number): string | undefined {
  if (process.platform === 'linux') return processStat(pid)?.started
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch {
    return undefined
  }
}
