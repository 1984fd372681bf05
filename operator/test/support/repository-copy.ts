/** A copy of the packages that the operator is made of, in a temporary folder, for tests that change their source. */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url))
/** Links in them are relative, and so lead from one package of the copy to another. */
const COPIED = [
  'package.json',
  'tsconfig.json',
  ...['directions.ts', 'imports.ts', 'rooms.ts'].map(path => `scripts/${path}`),
  ...['package.json', 'node_modules', 'src', 'scripts', 'crds', 'policies'].map(path => `crds/${path}`),
  ...['package.json', 'node_modules', 'src'].flatMap(path => [`proxy-client/${path}`, `operator/${path}`]),
]

export type RepositoryCopy = {
  readonly root: string
  /** Creates a file, and the folders that it is in. */
  add(path: string, text: string): Promise<void>
  /** Inserts text behind the one place where a file has `anchor`. Rejects where it has it more or less than once. */
  insert(path: string, anchor: string, text: string): Promise<void>
  /** Runs a script or a program of `node_modules/.bin` in the root; resolves however it ends. */
  node(...args: readonly string[]): Promise<Ended>
}

export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string }

/** Removed when the test is over. */
export async function copyRepository(): Promise<RepositoryCopy> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'l7mesh-copy-')))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  for (const path of COPIED)
    await cp(join(REPOSITORY, path), join(root, path), { recursive: true, verbatimSymlinks: true })
  await symlink(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'))
  await mkdir(join(root, 'docs/reference'), { recursive: true })
  return {
    root,
    async add(path, text) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), text, { flag: 'wx' })
    },
    async insert(path, anchor, text) {
      const [before, after, ...more] = (await readFile(join(root, path), 'utf8')).split(anchor)
      if (after === undefined || more.length > 0) throw new Error(`${path} has not exactly one ${anchor}`)
      await writeFile(join(root, path), `${before}${anchor}${text}${after}`)
    },
    node: (...args) => run(args, root),
  }
}

async function run(args: readonly string[], cwd: string): Promise<Ended> {
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [...args], { cwd })) }
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'number' && 'stdout' in error)
      return { code: error.code, stdout: String(error.stdout), stderr: String(Reflect.get(error, 'stderr')) }
    throw error
  }
}
