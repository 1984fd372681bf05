/** Reads the manifests of a command line: files, folders recursively, and the standard input. */
import type { Dirent } from 'node:fs'
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { isRecord } from '@l7mesh/crds'
import { textOfFile } from '../../sources/documents/encoding.ts'
import { messageOf, UserError } from '../../user-error.ts'
import type { ProcessIO } from '../process/process-io.ts'

export type TextFile = { readonly path: string; readonly text: string }
export type UnreadFile = { readonly path: string; readonly error: string }

/** Denotes the standard input. */
export const STDIN = '-'

/** Throws a UserError if a path does not exist. A file that exists but cannot be read is returned as such. */
export async function readManifestFiles(
  paths: readonly string[],
  io: ProcessIO,
): Promise<readonly (TextFile | UnreadFile)[]> {
  const found: (TextFile | UnreadFile)[] = []
  for (const path of new Set(paths)) {
    if (path === STDIN) found.push({ path, text: await io.stdin() })
    else for (const file of await filesAt(path)) found.push(await readOne(file))
  }
  return found
}

async function filesAt(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch((error: unknown) => {
    const message =
      isRecord(error) && error.code === 'ENOENT' ? `${path} does not exist` : `cannot read ${path}: ${messageOf(error)}`
    throw new UserError(message, { help: 'Give files, folders, or - for the standard input.', cause: error })
  })
  return found.isDirectory() ? manifestsIn(path) : [path]
}

/**
 * In the order of paths. Excludes hidden files, which belong to editors and mounts, and `node_modules`, whose JSON
 * files are never manifests. Follows links, as in a mounted ConfigMap, but not to a parent folder.
 */
async function manifestsIn(folder: string, above: readonly string[] = []): Promise<readonly string[]> {
  const real = await realpath(folder)
  if (above.includes(real)) return []
  const entries = await readdir(folder, { withFileTypes: true })
  const found = entries
    .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
    .map(async entry => {
      const path = join(folder, entry.name)
      const type = await typeOf(path, entry)
      if (type === 'folder') return manifestsIn(path, [...above, real])
      return type === 'file' && EXTENSIONS.has(extname(path)) ? [path] : []
    })
  return (await Promise.all(found)).flat().sort()
}

/** Pipes and devices are `other`, because reading them may block forever. A broken link is an unreadable file. */
async function typeOf(path: string, entry: Dirent): Promise<'file' | 'folder' | 'other'> {
  const found = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry
  if (found === undefined || found.isFile()) return 'file'
  return found.isDirectory() ? 'folder' : 'other'
}

const EXTENSIONS: ReadonlySet<string> = new Set(['.yaml', '.yml', '.json'])

async function readOne(path: string): Promise<TextFile | UnreadFile> {
  try {
    return { path, text: textOfFile(await readFile(path)) }
  } catch (error) {
    return { path, error: messageOf(error) }
  }
}
