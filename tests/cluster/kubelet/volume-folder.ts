/**
 * Writes the content of a volume as the kubelet does: all files are created, changed and deleted atomically, by
 * changing one link. Unchanged files are not touched.
 */
import { chmod, mkdir, mkdtemp, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Files } from './references.ts'

export type VolumeFolder = {
  readonly path: string
  write(files: Files): Promise<void>
}

const DATA = '..data'

export function volumeFolder(path: string): VolumeFolder {
  let written: Files | undefined
  return {
    path,
    async write(files) {
      if (isDeepStrictEqual(files, written)) return
      await mkdir(path, { recursive: true, mode: 0o755 })
      const before = await readlink(join(path, DATA)).catch(() => undefined)
      const fresh = await mkdtemp(join(path, '..v-'))
      await chmod(fresh, 0o755)
      for (const [name, { content, mode }] of files) {
        await mkdir(dirname(join(fresh, name)), { recursive: true })
        await writeFile(join(fresh, name), content)
        await chmod(join(fresh, name), mode)
      }
      await symlink(basename(fresh), join(path, `${DATA}.new`))
      await rename(join(path, `${DATA}.new`), join(path, DATA))
      await showOnly(path, new Set([...files.keys()].map(name => name.split('/')[0] ?? name)))
      if (before !== undefined) await rm(join(path, before), { recursive: true, force: true })
      written = files
    },
  }
}

/** The visible names are links into the data. */
async function showOnly(path: string, names: ReadonlySet<string>): Promise<void> {
  const shown = (await readdir(path)).filter(name => !name.startsWith('..'))
  for (const name of shown.filter(shown => !names.has(shown))) await rm(join(path, name))
  for (const name of [...names].filter(name => !shown.includes(name))) await symlink(join(DATA, name), join(path, name))
}
