/**
 * The state that a running `up` shares with the other commands: its pods and their addresses. A file in a private
 * folder of the temporary directory, named after the real path of the manifests; it is deleted when the run ends.
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
  /** Whether its pods run in network namespaces, outside of which the proxies are unreachable. */
  readonly netns: boolean
  /** Its translation options, which are the defaults of the other commands. */
  readonly allows: TranslationOptions
  /** The DNS server by which its pods resolve the names of Services. */
  readonly nameServer: { readonly address: string; readonly port: number }
  readonly pods: readonly Pod[]
  readonly endpointSlices: readonly EndpointSlice[]
  /** Objects whose current version is invalid: the last valid version, which stays in effect. */
  readonly kept: readonly Manifest[]
}

export type RunStateFile = {
  /** Writes the state. If states are set faster than they can be written, only the last one is written. */
  write(state: RunState): void
  /** Removes the file. */
  close(): Promise<void>
}

/** Rejects if the folder of manifests does not exist, or if the temporary directory is not writable. */
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
      // If the disk is full, the other commands see the last written state.
      writing = writing.then(flush).catch(() => {})
    },
    async close() {
      await writing
      await rm(place, { recursive: true, force: true })
    },
  }
}

/** Removes the state of a killed run. */
async function makeOwn(place: string): Promise<void> {
  try {
    await rm(place, { recursive: true, force: true })
    await mkdir(place, { mode: 0o700 })
  } catch (error) {
    const help = 'Another user may have run this folder: remove the file, or run a copy of the folder.'
    throw new UserError(`cannot write ${place}: ${messageOf(error)}`, { help, cause: error })
  }
}

/** undefined if no `up` runs the folder. */
export async function readRunState(folder: string): Promise<RunState | undefined> {
  const place = await stateFolderOf(folder)
  const text = await readOwn(place)
  const state: unknown = text === undefined ? undefined : JSON.parse(text)
  return isRunState(state) && isAlive(state.pid) ? state : undefined
}

const FILE = 'state.json'

/** The folder of the state of a folder of manifests, whether or not it exists. */
export async function stateFolderOf(folder: string): Promise<string> {
  const id = createHash('sha256')
    .update(await realpath(folder))
    .digest('hex')
    .slice(0, 16)
  return join(tmpdir(), `l7mesh-state-${id}`)
}

/** A file of another user is not trusted, because it determines where calls are sent. */
async function readOwn(place: string): Promise<string | undefined> {
  try {
    const { uid, mode } = await stat(place)
    if (process.getuid && (uid !== process.getuid() || (mode & 0o077) !== 0)) return undefined
    return await readFile(join(place, FILE), 'utf8')
  } catch (error) {
    if (isRecord(error) && error.code === 'ENOENT') return undefined
    if (isRecord(error) && error.code === 'EACCES')
      throw new UserError('another user runs the mesh of this folder', {
        help: 'Run the command as that user.',
        cause: error,
      })
    throw error
  }
}

/** Written by this module, in a folder that only this user can write to. */
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
