/** Manifests as the input of a pod runner, each with its file. Pure. */
import { dirname } from 'node:path'
import { type Manifest, objectKey } from '../../sources/manifest.ts'
import type { RunnerManifest } from './workload.ts'

/** `located`: FILE:LINE, by `objectKey`. */
export function runnerManifests(
  manifests: readonly Manifest[],
  located: ReadonlyMap<string, string>,
): readonly RunnerManifest[] {
  return manifests.map(document => {
    const where = located.get(objectKey(document)) ?? ''
    return { document, where, folder: dirname(where) }
  })
}
