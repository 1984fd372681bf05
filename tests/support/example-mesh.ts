/** The common interface of the meshes of examples, on this machine or on a cluster. */
import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Mesh } from '../../examples/mesh.ts'

/** `deadline`: the timeout, in milliseconds. */
export function patient(deadline: number): Mesh['waitFor'] {
  return async (what, attempt) => {
    const end = performance.now() + deadline
    let cause: unknown
    do {
      try {
        const value = await attempt()
        if (value !== undefined) return value
      } catch (error) {
        cause = error
      }
      await sleep(20)
    } while (performance.now() < end)
    throw new Error(`not within ${deadline} ms: ${what}`, { cause })
  }
}

export async function editFile(file: string, change: (text: string) => string): Promise<void> {
  const before = await readFile(file, 'utf8')
  const after = change(before)
  if (after === before) throw new Error(`an edit of ${file} changes nothing`)
  await writeFile(file, after)
}
