/** Arbitrary documents generated from the CRDs: valid ones, and ones with a single change. */
import { Environment } from '@marcbachmann/cel-js'
import fc from 'fast-check'
import { emptyRestrictions, isRestriction } from '../src/empty.ts'
import type { CustomResourceDefinition, Json, Schema } from '../src/index.ts'

/** A document that the CRD accepts. */
export function acceptedDocument(crd: CustomResourceDefinition): fc.Arbitrary<{ readonly [key: string]: Json }> {
  const { kind } = crd.spec.names
  const spec = rootSchema(crd).properties?.spec
  if (spec === undefined) throw new Error(`${kind} has no spec`)
  return fc.record({
    apiVersion: fc.constant('l7mp.io/v1'),
    kind: fc.constant(kind),
    metadata: fc.record({ name: fc.stringMatching(/^[a-z0-9]{1,8}$/), namespace: fc.constant('default') }),
    spec: value(spec),
  })
}

/** The document with one arbitrary value replaced, removed or added. */
export const damaged = (document: Json): fc.Arbitrary<Json> =>
  fc.tuple(fc.nat(), replacement).map(([seed, instead]) => damage(document, seed % count(document), instead))

export const rootSchema = (crd: CustomResourceDefinition): Schema => {
  const version = crd.spec.versions[0]
  if (version === undefined) throw new Error('the CRD has no version')
  return version.schema.openAPIV3Schema
}

const anyJson = fc.jsonValue({ maxDepth: 3 }).map(json => JSON.parse(JSON.stringify(json)) as Json)

const REMOVED = Symbol('removed')
const ADDED = Symbol('added')
type Instead = Json | typeof REMOVED | typeof ADDED
const replacement: fc.Arbitrary<Instead> = fc.oneof(
  fc.constantFrom<Instead>(REMOVED, ADDED, null, '', '80', 0, 65536, 1.5, true, [], {}, [null], [{}]),
  anyJson,
)

const cache = new WeakMap<Schema, fc.Arbitrary<Json>>()

/** Cached per shape, because the rules decide which sets of fields are valid. */
function value(schema: Schema): fc.Arbitrary<Json> {
  const known = cache.get(schema)
  if (known !== undefined) return known
  const values = anyValue(schema)
  cache.set(schema, values)
  return values
}

function anyValue(schema: Schema): fc.Arbitrary<Json> {
  switch (schema.type) {
    case 'object':
      return object(schema)
    case 'array':
      return fc.array(schema.items === undefined ? anyJson : value(schema.items), { maxLength: 2, size: 'small' })
    case 'string':
      return schema.enum === undefined ? fc.string() : fc.constantFrom(...schema.enum)
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -9, max: schema.maximum ?? 9 })
    case 'boolean':
      return fc.boolean()
  }
}

function object(schema: Schema): fc.Arbitrary<Json> {
  if (schema.additionalProperties !== undefined)
    return fc.dictionary(fc.string(), value(schema.additionalProperties), { maxKeys: 2 })
  if (schema.properties === undefined) {
    return schema['x-kubernetes-preserve-unknown-fields'] === true
      ? fc.dictionary(fc.string(), anyJson, { maxKeys: 2 })
      : fc.constant({})
  }
  const properties = schema.properties
  const record = (keys: readonly string[]) =>
    fc.record(
      Object.fromEntries(keys.flatMap(key => (properties[key] === undefined ? [] : [[key, value(properties[key])]]))),
    )
  const records = fc.constantFrom(...fieldSets(schema)).chain(record)
  return isRestriction(schema) ? records.filter(restricts) : records
}

/** A selector whose fields are all empty is rejected. */
const restricts = (value: Readonly<Record<string, Json>>): boolean =>
  emptyRestrictions({ type: 'object', properties: { a: { type: 'string', nullable: true } } }, value, '').length === 0

/** The sets of required fields and at most three optional ones that the rules allow. */
function fieldSets(schema: Schema): readonly (readonly string[])[] {
  const required = schema.required ?? []
  const optional = Object.keys(schema.properties ?? {}).filter(key => !required.includes(key))
  const sets: (readonly string[])[] = [required]
  for (const key of optional) {
    sets.push(...sets.filter(set => set.length < required.length + 3).map(set => [...set, key]))
  }
  return sets.filter(set => allowed(schema, set))
}

const environment = new Environment().registerVariable('self', 'map')
const allowed = (schema: Schema, fields: readonly string[]): boolean => {
  const self = Object.fromEntries(fields.map(field => [field, {}]))
  return (schema['x-kubernetes-validations'] ?? []).every(({ rule }) => environment.evaluate(rule, { self }) === true)
}

/** The number of values in a value, including itself. */
const count = (json: Json): number =>
  typeof json === 'object' && json !== null
    ? Object.values(json).reduce<number>((sum, part) => sum + count(part), 1)
    : 1

/** Replaces the value with this index in pre-order. */
function damage(json: Json, place: number, instead: Instead): Json {
  if (place === 0) return instead === REMOVED ? null : instead === ADDED ? added(json) : instead
  if (typeof json !== 'object' || json === null) return json
  let before = 1
  const parts = Object.entries(json).flatMap(([key, part]): [string, Json][] => {
    const here = place - before
    const size = count(part)
    before += size
    if (here < 0 || here >= size) return [[key, part]]
    return here === 0 && instead === REMOVED ? [] : [[key, damage(part, here, instead)]]
  })
  return Array.isArray(json) ? parts.map(([, part]) => part) : Object.fromEntries(parts)
}

const added = (json: Json): Json =>
  typeof json === 'object' && json !== null && !Array.isArray(json)
    ? { ...json, Extra: 1, TCP: { port: 1 }, rulesRef: 'a', route: { destinationRef: 'a' }, valueStr: '1' }
    : json
