/** Objects of an API server are reduced: no field that translation reads may be lost. */
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { transformEndpointSlice, transformPod, transformService } from '../../src/kinds/transform.ts'
import type { RawObject } from '../../src/raw-object.ts'
import type { Snapshot } from '../../src/sources/snapshot.ts'
import { readCase, translated } from '../translate/support.ts'

const folder = new URL('../translate/testdata/', import.meta.url)
const cases = globSync('**/*.in.yaml', { cwd: fileURLToPath(folder) }).toSorted()

describe('objects of an API server have the same effect as in a folder', () => {
  it.each(cases)('%s', name => {
    const { snapshot, options } = readCase(readFileSync(new URL(name, folder), 'utf8'))
    const cut: Snapshot = {
      ...snapshot,
      pods: each(snapshot.pods, transformPod),
      services: each(snapshot.services, transformService),
      endpointSlices: each(snapshot.endpointSlices, transformEndpointSlice),
    }
    expect(translated(cut, options)).toEqual(translated(snapshot, options))
  })
})

function each<T extends object>(
  objects: ReadonlyMap<string, T>,
  cut: (object: RawObject) => T,
): ReadonlyMap<string, T> {
  // They are transferred as JSON.
  return new Map([...objects].map(([key, object]) => [key, cut(JSON.parse(JSON.stringify(object)) as RawObject)]))
}
