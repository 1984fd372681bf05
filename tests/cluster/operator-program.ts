/**
 * The operator in one file, which images called `l7mesh` run, and which tests start beside a cluster. Tests have it
 * bundled once for all their clusters.
 */
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { bundle } from '../../operator/scripts/build.ts'

/** Where it lies for the workers of Vitest, which inherit the variable. */
const VARIABLE = 'L7MESH_OPERATOR_PROGRAM'

/** Puts it there. Rejects where it cannot be bundled. */
export async function operatorProgram(file: string): Promise<void> {
  const bundled = process.env[VARIABLE]
  if (bundled === undefined) return bundle(file)
  await mkdir(dirname(file), { recursive: true })
  await copyFile(bundled, file)
}

/** Vitest calls this once, before the first test, and what it returns after the last one. */
export async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'l7mesh-operator-'))
  const file = join(folder, 'l7mesh.mjs')
  await bundle(file)
  process.env[VARIABLE] = file
  return () => rm(folder, { recursive: true })
}
