/**
 * Runs the check of one example: `node run-check.ts NAME [N]`. With N, the Nth wrong route is applied before the check
 * starts, and the check must fail.
 */
import { fileURLToPath } from 'node:url'
import type { Example } from '../../examples/mesh.ts'
import { WRONG_ROUTES } from '../../examples/wrong-routes.ts'
import { type LocalMesh, startLocalMesh } from '../support/local-mesh.ts'

/** The timeout of conditions in milliseconds; shorter if they are expected to fail. */
const DEADLINE = { right: 30_000, wrong: 6000 } as const

const [example = '', wrong] = process.argv.slice(2)
const folder = fileURLToPath(new URL(`../../examples/${example}`, import.meta.url))
const { check }: Example = await import(`${folder}/check.ts`)
const mesh = await startLocalMesh(folder, wrong === undefined ? DEADLINE.right : DEADLINE.wrong)
const stop = () => void mesh.stop().then(() => process.exit(1))
process.once('SIGTERM', stop)
try {
  process.exitCode = wrong === undefined ? await holds(mesh) : await fails(mesh, Number(wrong))
} finally {
  process.off('SIGTERM', stop)
  await mesh.stop()
}

async function holds(running: LocalMesh): Promise<number> {
  try {
    await check(running)
    return 0
  } catch (error) {
    process.stdout.write(`${error instanceof Error ? error.stack : error}\n`)
    if (error instanceof Error && error.cause) process.stdout.write(`because: ${error.cause}\n`)
    process.stdout.write(`${running.told().join('\n')}\n`)
    return 1
  }
}

async function fails(running: LocalMesh, index: number): Promise<number> {
  const route = WRONG_ROUTES[index]
  if (!route) throw new Error(`wrong route ${index} does not exist`)
  await running.edit(route.file, text => text.replace(route.right, route.wrong))
  try {
    await check(running)
  } catch {
    return 0
  }
  process.stdout.write(`the check passes with '${route.wrong}' for '${route.right}' in ${route.file}\n`)
  return 1
}
