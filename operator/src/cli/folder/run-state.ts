/**
 * What a running `up` tells the other commands: which pods it runs, and where. A file in a folder of the temporary
 * directory that only its owner can read, named after the real path of the manifests; it goes when the run ends.
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isRecord } from '@l7mesh/crds'
import type { EndpointSlice, Pod } from '../../kinds/core-types.ts'
import type { Manifest } from '../../sources/manifest.ts'
import { messageOf, UserError } from '../../user-error.ts'
import type { TranslationOptions } from '../options/translation.ts'

export type RunState = {
  /** The process that runs the folder. */
  readonly pid: number
  /** Whether its pods are in network namespaces, where only commands in them can reach the proxies. */
  readonly netns: boolean
  /** What it was told to allow: the other commands go by it where they are told nothing else. */
  readonly allows: TranslationOptions
  /** Where its pods ask for the names of Services. */
  readonly nameServer: { readonly address: string; readonly port: number }
  readonly pods: readonly Pod[]
  readonly endpointSlices: readonly EndpointSlice[]
  /** Objects whose newest text is not used: the last good version of each, which stays in force. */
  readonly kept: readonly Manifest[]
}

export type RunStateFile = {
  /** The last state given counts; states that come faster than the disk takes them are left out. */
  write(state: RunState): void
  /** Removes the file. */
  close(): Promise<void>
}

/** Rejects where the folder of manifests is gone, or the temporary directory cannot be written. */
export async function openRunState(folder: string): Promise<RunStateFile> {
  const place = await stateFolderOf(folder)
  await makeOwn(place)
  let latest: RunState | undefined
  let writing = Promise.resolve()
  const flush = async () => {
    if (!latest) return
    const text = JSON.stringify(latest)
    latest = undefined
    const draft = join(place, 'draft')
    await writeFile(draft, text, { mode: 0o600 })
    await rename(draft, join(place, FILE))
  }
  return {
    write(state) {
      latest = state
      // Where the disk is full, the other commands see the last state that was written.
      writing = writing.then(flush).catch(() => {})
    },
    async close() {
      await writing
      await rm(place, { recursive: true, force: true })
    },
  }
}

/** Removes what a run has left that was killed. */
async function makeOwn(place: string): Promise<void> {
  try {
    await rm(place, { recursive: true, force: true })
    await mkdir(place, { mode: 0o700 })
  } catch (error) {
    const help = 'Another user may have run the folder: remove it, or run a copy of the folder.'
    throw new UserError(`cannot write ${place}: ${messageOf(error)}`, { help, cause: error })
  }
}

/** undefined where no `up` runs on the folder. */
export async function readRunState(folder: string): Promise<RunState | undefined> {
  const place = await stateFolderOf(folder)
  const text = await readOwn(place)
  const state: unknown = text === undefined ? undefined : JSON.parse(text)
  return isRunState(state) && isAlive(state.pid) ? state : undefined
}

const FILE = 'state.json'

/** The folder of the state of a folder of manifests, whether or not it is there. */
export async function stateFolderOf(folder: string): Promise<string> {
  const id = createHash('sha256')
    .update(await realpath(folder))
    .digest('hex')
    .slice(0, 16)
  return join(tmpdir(), `l7mesh-state-${id}`)
}

/** A file that somebody else put there is not believed: it says where to send calls. */
async function readOwn(place: string): Promise<string | undefined> {
  try {
    const { uid, mode } = await stat(place)
    if (process.getuid && (uid !== process.getuid() || (mode & 0o077) !== 0)) return undefined
    return await readFile(join(place, FILE), 'utf8')
  } catch (error) {
    if (isRecord(error) && error.code === 'ENOENT') return undefined
    if (isRecord(error) && error.code === 'EACCES')
      throw new UserError('the mesh of this folder is run by another user', {
        help: 'Run the command as that user.',
        cause: error,
      })
    throw error
  }
}

/** Written by this very module, in a place that only this user can write. */
function isRunState(value: unknown): value is RunState {
  return (
    isRecord(value) && typeof value.pid === 'number' && Array.isArray(value.pods) && Array.isArray(value.endpointSlices)
  )
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
