/**
 * The bundled operator, which images called `l7mesh` run, and which tests start next to a cluster. It is bundled once
 * for all test clusters.
 */
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { bundle } from '../../operator/scripts/build.ts'

/** Its path for the workers of Vitest, which inherit the variable. */
const VARIABLE = 'L7MESH_OPERATOR_PROGRAM'

/** Builds it. Rejects if it cannot be bundled. */
export async function operatorProgram(file: string): Promise<void> {
  const bundled = process.env[VARIABLE]
  if (bundled === undefined) return bundle(file)
  await mkdir(dirname(file), { recursive: true })
  await copyFile(bundled, file)
}

/** Vitest calls this once, before the first test, and the returned function after the last one. */
export async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'l7mesh-operator-'))
  const file = join(folder, 'l7mesh.mjs')
  await bundle(file)
  process.env[VARIABLE] = file
  return () => rm(folder, { recursive: true })
}
