/**
 * The policy for API servers is equivalent to the validator. tests/cluster/verdicts.test.ts runs it on a real API
 * server.
 */
import { readFileSync } from 'node:fs'
import { Environment } from '@marcbachmann/cel-js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { CRDS, createValidator, type Schema } from '../src/index.ts'
import { acceptedDocument, damaged, rootSchema } from './arbitrary.ts'

const text = readFileSync(new URL('../policies/unknown-fields.yaml', import.meta.url), 'utf8')
type Variable = { readonly name: string; readonly expression: string }
const variables: readonly Variable[] = parseAllDocuments(text)[0]?.toJS().spec.variables
const LIMITS = { maxAstNodes: 100_000, maxDepth: 1000 }

/** Evaluates the policy on the spec of a kind; returns an empty text if it is valid. */
const policies = new Map(
  Object.keys(CRDS).map(kind => {
    const { expression = '' } = variables.find(({ name }) => name === kind.toLowerCase()) ?? {}
    const program = new Environment({ limits: LIMITS }).registerVariable('object', 'dyn').parse(expression)
    return [kind, (spec: unknown): string => program({ object: { spec } })] as const
  }),
)

/** Paths like `listener.rules[].action` of the objects with a closed set of fields. */
function closed(schema: Schema, path: string): readonly string[] {
  const fields = Object.entries(schema.properties ?? {})
  const below = fields.flatMap(([name, field]) => closed(field, path === '' ? name : `${path}.${name}`))
  const items = schema.items === undefined ? [] : closed(schema.items, `${path}[]`)
  return [...(schema.properties === undefined ? [] : [path]), ...below, ...items]
}

/** An object with only an unknown field at this path. */
function withUnknownField(path: string): unknown {
  const [name, ...rest] = path.split('.')
  if (!name) return { Extra: 1 }
  const inner = withUnknownField(rest.join('.'))
  return name.endsWith('[]') ? { [name.slice(0, -2)]: [inner] } : { [name]: inner }
}

const paths = Object.entries(CRDS).flatMap(([kind, crd]) =>
  closed(rootSchema(crd).properties?.spec ?? { type: 'object' }, '').map(path => [kind, path] as const),
)

describe('the policy', () => {
  it('finds unknown fields at every path of every kind', () => {
    expect(paths.length).toBeGreaterThan(200)
    for (const [kind, path] of paths) {
      const where = ['spec', path, 'Extra'].filter(Boolean).join('.')
      expect(policies.get(kind)?.(withUnknownField(path)), where).toContain(`${where}: unknown field; `)
    }
  })

  it('finds the same as the validator in documents that are otherwise valid', () => {
    const { validate } = createValidator()
    const document = fc.constantFrom(...Object.values(CRDS)).chain(acceptedDocument)
    fc.assert(
      fc.property(fc.oneof(document, document.chain(damaged)), given => {
        if (typeof given !== 'object' || given === null || !('kind' in given) || !('spec' in given)) return
        const { findings } = validate(given)
        const found = findings.filter(({ kind }) => kind === 'UnknownField' || kind === 'Empty')
        // The API server rejects these before it evaluates the policy.
        const others = findings.filter(({ kind }) => !['UnknownField', 'Empty', 'DroppedField'].includes(kind))
        if (others.some(({ message }) => !message.startsWith('the field has no value'))) return
        expect(policies.get(String(given.kind))?.(given.spec) === '', JSON.stringify(found)).toBe(found.length === 0)
      }),
    )
  })
})

describe('the CRDs', () => {
  it('preserve unknown fields for the policy', () => {
    const everything = (schema: Schema): readonly Schema[] => [
      schema,
      ...Object.values(schema.properties ?? {}).flatMap(everything),
      ...(schema.items === undefined ? [] : everything(schema.items)),
    ]
    const objects = Object.values(CRDS)
      .flatMap(crd => everything(rootSchema(crd).properties?.spec ?? { type: 'object' }))
      .filter(({ type, additionalProperties }) => type === 'object' && additionalProperties === undefined)
    expect(objects.filter(schema => schema['x-kubernetes-preserve-unknown-fields'] !== true)).toEqual([])
  })
})
