/**
 * `npm run generate`: generates the types, the embedded schemas and the policy from the CRD files. A test compares
 * `outputs` with the files.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { readCrd } from './crd.ts'
import { renderPolicy } from './policy.ts'
import { renderReference } from './reference.ts'
import { renderSchemas } from './schemas.ts'
import { renderTypes } from './types.ts'

const folder = new URL('../', import.meta.url)

/** The expected content of each generated file, by its path in the package. */
export async function outputs(): Promise<ReadonlyMap<string, string>> {
  // In reverse order: VirtualServices come first, then the kinds that they refer to.
  const names = (await readdir(new URL('crds/', folder))).sort().reverse()
  const texts = await Promise.all(names.map(name => readFile(new URL(`crds/${name}`, folder), 'utf8')))
  const files = texts.map(readCrd)
  return new Map([
    ['src/types.gen.ts', await renderTypes(files)],
    ['src/schemas.gen.ts', renderSchemas(files)],
    ['policies/unknown-fields.yaml', renderPolicy(files)],
    ['../docs/reference/resources.md', renderReference(files)],
  ])
}

if (import.meta.main) {
  for (const [path, text] of await outputs()) await writeFile(new URL(path, folder), text)
}
