/** What API servers, kubectl and the operator rely on in the CRDs, and that test data covers each CEL rule. */
import { readdirSync, readFileSync } from 'node:fs'
import { Environment } from '@marcbachmann/cel-js'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { outputs } from '../scripts/generate.ts'
import { CRDS, createValidator, type Schema } from '../src/index.ts'
import { rootSchema } from './arbitrary.ts'

const crds = Object.entries(CRDS)
const { validate } = createValidator()

type Location = { readonly path: string; readonly schema: Schema }
const locations = (schema: Schema, path: string): readonly Location[] => [
  { path, schema },
  ...Object.entries(schema.properties ?? {}).flatMap(([key, field]) => locations(field, `${path}.${key}`)),
  ...(schema.items === undefined ? [] : locations(schema.items, `${path}[]`)),
  ...(schema.additionalProperties === undefined ? [] : locations(schema.additionalProperties, `${path}.*`)),
]
const allLocations = crds.flatMap(([kind, crd]) => locations(rootSchema(crd), kind))

describe('the generated files', () => {
  it('are up to date', async () => {
    for (const [path, text] of await outputs()) {
      const found = readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
      expect(found === text, `${path} is stale: run npm run generate`).toBe(true)
    }
  })

  it.each(crds)('contain the CRD of %s', (kind, crd) => {
    const text = readFileSync(new URL(`../crds/${kind.toLowerCase()}.yaml`, import.meta.url), 'utf8')
    expect(crd).toEqual(parse(text, { maxAliasCount: -1 }))
  })
})

describe.each(crds)('the CRD of %s', (kind, crd) => {
  it('has the documented names', () => {
    const { names, group, scope, versions } = crd.spec
    expect(crd.metadata.name).toBe(`${names.plural}.l7mp.io`)
    expect([group, scope, versions.map(version => version.name)]).toEqual(['l7mp.io', 'Namespaced', ['v1']])
    expect([names.kind, names.categories]).toEqual([kind, ['l7mp', 'all']])
    const short: Readonly<Record<string, readonly string[] | undefined>> = {
      VirtualService: ['vsvc'],
      Target: ['tr'],
      Route: ['rt'],
    }
    // The short name of Rule is its singular, which needs no entry.
    expect(names.shortNames).toEqual(short[kind])
    expect(names.singular).toBe(kind.toLowerCase())
  })

  it('has a status subresource', () => {
    expect(crd.spec.versions[0]?.subresources).toEqual({ status: {} })
  })
})

describe('each field', () => {
  it('has a description', () => {
    const bare = allLocations.filter(({ path, schema }) => !schema.description && !/(\.\*|\[\])$/.test(path))
    expect(bare.map(({ path }) => path)).toEqual([])
  })

  it('has a default only if omitting the field has the same meaning', () => {
    const defaults = allLocations.flatMap(({ path, schema }) =>
      schema.default === undefined ? [] : [[path.split('.').at(-1), schema.default]],
    )
    expect(Object.fromEntries(defaults)).toEqual({
      removeOrphanSessions: false,
      updateOwners: false,
      retry_on: 'never',
      num_retries: 1,
      timeout: 2000,
    })
  })
})

describe('each CEL rule', () => {
  const environment = new Environment().registerVariable('self', 'map')
  const rules = allLocations.flatMap(({ schema }) => schema['x-kubernetes-validations'] ?? [])
  const distinct = [...new Map(rules.map(rule => [rule.rule, rule])).values()]
  const documents = readdirSync(new URL('../testdata/', import.meta.url))
    .filter(name => name.endsWith('.in.yaml'))
    .flatMap(name => parseAllDocuments(readFileSync(new URL(`../testdata/${name}`, import.meta.url), 'utf8')))
    .map(document => document.toJS())
  const verdicts = documents.map(validate)

  it.each(distinct)('is violated by a document of testdata: $message', ({ message }) => {
    const helps = verdicts.flatMap(verdict => verdict.findings.map(finding => finding.help))
    expect(helps).toContain(message)
  })

  it.each(distinct)('is satisfied by an accepted document of testdata: $message', ({ rule }) => {
    const values = verdicts.flatMap(verdict =>
      verdict.accepted ? ruled(rootSchema(CRDS[verdict.resource.kind]), verdict.resource, rule) : [],
    )
    expect(values).not.toEqual([])
  })

  it.each(distinct)('depends only on which fields are set: $message', ({ rule, message }) => {
    expect(environment.check(rule)).toMatchObject({ valid: true, type: 'bool' })
    expect(rule).not.toMatch(/matches|oldSelf|now\(/)
    expect(message).toMatch(/^(set|define|`)[^.]*[^.]$/)
  })
})

/** The values in the document that the rule applies to. */
function ruled(schema: Schema, value: unknown, rule: string): readonly unknown[] {
  const here = schema['x-kubernetes-validations']?.some(other => other.rule === rule) === true ? [value] : []
  if (typeof value !== 'object' || value === null) return here
  const below = Object.entries(value).flatMap(([key, part]) => {
    const field = Array.isArray(value) ? schema.items : schema.properties?.[key]
    return field === undefined ? [] : ruled(field, part, rule)
  })
  return [...here, ...below]
}
