/**
 * Documents for the offline validator and an API server: those of the tests and examples of this repository, and many
 * generated from the CRDs, valid and almost valid. The same in every run.
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CRDS } from '@l7mesh/crds'
import fc from 'fast-check'
import { parseAllDocuments } from 'yaml'
import { acceptedDocument, damaged } from '../../../crds/test/arbitrary.ts'

export type Case = { readonly name: string; readonly document: unknown }

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url))
const FILES = [
  'crds/testdata/*.in.yaml',
  'operator/test/translate/testdata/*/*.in.yaml',
  'examples/*/*.yaml',
  'tests/cluster/testdata/*.yaml',
]

export const corpus = (): readonly Case[] => [...written(), ...made()]

/** Documents of files; of the examples only the resources of l7mesh. */
function written(): readonly Case[] {
  return globSync(FILES, { cwd: REPOSITORY })
    .toSorted()
    .flatMap(file =>
      parseAllDocuments(readFileSync(join(REPOSITORY, file), 'utf8'))
        .map((parsed, index) => ({ name: `${file} (${index + 1})`, document: plain(parsed.toJS()) }))
        .filter(({ document }) => !file.startsWith('examples/') || isOurs(document)),
    )
}

/** As it is sent to an API server as JSON. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null))

const isOurs = (document: unknown) =>
  typeof document === 'object' && document !== null && Reflect.get(document, 'apiVersion') === 'l7mp.io/v1'

const OF_EACH_KIND = 25
const SEED = 20

function made(): readonly Case[] {
  return Object.values(CRDS).flatMap(crd => {
    const { kind } = crd.spec.names
    const right = fc.sample(acceptedDocument(crd), { numRuns: OF_EACH_KIND, seed: SEED })
    const wrong = right.flatMap((document, index) => fc.sample(damaged(document), { numRuns: 2, seed: SEED + index }))
    return [
      ...right.map((document, index) => ({ name: `${kind} ${index + 1}`, document })),
      ...wrong.map((document, index) => ({ name: `damaged ${kind} ${index + 1}`, document })),
    ]
  })
}
