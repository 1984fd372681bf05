/**
 * Locates the l7mp proxy that `up` starts, and the preloads. In the sources, both are next to l7mesh; the bundle, which
 * is a single file, contains the preloads as text and uses the installed proxy.
 */
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { UserError } from '../../user-error.ts'

/** Texts of the preloads, by file name; inserted by operator/scripts/build.ts. */
declare const L7MESH_PRELOADS: { readonly [file: string]: string } | undefined

export type ProxyPackage = {
  /** The script that starts a proxy. */
  readonly script: string
  /** undefined: they are in the folder of the sources. */
  readonly preloads: { readonly harden: string; readonly confine: string } | undefined
  close(): Promise<void>
}

/**
 * `path`: the folder of the installed package, if it is not found automatically. Throws a UserError if there is none.
 */
export async function openProxyPackage(path: string | undefined): Promise<ProxyPackage> {
  const script = path === undefined ? installedScript() : scriptIn(path)
  if (typeof L7MESH_PRELOADS === 'undefined') return { script, preloads: undefined, close: async () => {} }
  const folder = await mkdtemp(join(tmpdir(), 'l7mesh-preloads-'))
  for (const [file, text] of Object.entries(L7MESH_PRELOADS)) await writeFile(join(folder, file), text)
  const preloads = { harden: join(folder, 'harden.cjs'), confine: join(folder, 'confine.cjs') }
  return { script, preloads, close: () => rm(folder, { recursive: true, force: true }) }
}

const SCRIPT = 'l7mp-proxy.js'

function scriptIn(path: string): string {
  const script = join(isAbsolute(path) ? path : resolve(path), SCRIPT)
  if (existsSync(script)) return script
  throw new UserError(`${path} is not the folder of the package @l7mp/l7mp`, {
    help: `That folder contains ${SCRIPT}. ${INSTALL}`,
  })
}

/** Searches next to l7mesh, then in the current folder; Node.js also searches NODE_PATH. */
function installedScript(): string {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return createRequire(from).resolve(`@l7mp/l7mp/${SCRIPT}`)
    } catch {
      // Not there: try the next place.
    }
  }
  throw new UserError('the l7mp proxy is not installed', { help: INSTALL })
}

const INSTALL = 'Install it (npm install @l7mp/l7mp@0.5.7) in the current folder, or name its folder with --l7mp PATH.'
