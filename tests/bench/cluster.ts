/**
 * What the operator costs on a real cluster. The cluster, and what measures it, stand in namespaces of their own, in
 * another process: ./cluster/inside.ts.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Figure } from './figures.ts'

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url))

export async function cluster(): Promise<readonly Figure[]> {
  const child = fork(file('./cluster/inside.ts'), {
    execPath: file('../cluster/in-namespaces.sh'),
    env: { ...process.env, L7MESH_NODE: process.execPath },
  })
  const figures: Figure[] = []
  child.on('message', (found: readonly Figure[]) => figures.push(...found))
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`the cluster's process ended with exit code ${code}`)
  return figures
}
