/** Generates `src/types.gen.ts`: one type for each anchored object shape of the CRDs, and one for each kind. */
import { isDeepStrictEqual } from 'node:util'
import { compile, type JSONSchema } from 'json-schema-to-typescript'
import { at, type CrdFile, isObject, type Json, type JsonObject } from './crd.ts'

const HEADER = `/**
 * The resources, as types. Generated from the CRDs in \`crds/\` by \`npm run generate\`; changes made here are lost.
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json }

/** The metadata of Kubernetes objects, limited to the fields that are used. */
export type ObjectMeta = {
  readonly name: string
  /** Always set in a cluster; may be omitted in a file. */
  readonly namespace?: string
  readonly uid?: string
  readonly generation?: number
  readonly resourceVersion?: string
  /** RFC 3339 */
  readonly creationTimestamp?: string
  /** RFC 3339 */
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
}
export type OwnerReference = {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
}

/** A protocol without parameters. */
export type NoParameters = Readonly<Record<string, never>>

`

/** Throws where two files give one anchor to different shapes. */
export async function renderTypes(files: readonly CrdFile[]): Promise<string> {
  const { names, shapes } = typed(files)
  const definitions = [
    ...files.map(file => kind(file, names)),
    ...[...shapes].map(([name, shape]): [string, JSONSchema] => [name, closed(shape, names)]),
  ]
  const root: JSONSchema = {
    description: 'Any of the kinds.',
    oneOf: files.map(file => ({ $ref: `#/definitions/${kindOf(file)}` })),
    definitions: Object.fromEntries(definitions),
  }
  const code = await compile(root, 'Resource', {
    bannerComment: '',
    format: true,
    ignoreMinAndMaxItems: true,
    style: { semi: false, singleQuote: true, printWidth: 120 },
  })
  return HEADER + readonly(code)
}

/** The shapes that become types, by name, and the name of each shape in any file. */
function typed(files: readonly CrdFile[]) {
  const names = new Map<Json, string>()
  const shapes = new Map<string, JsonObject>()
  for (const [name, shape] of files.flatMap(file => [...file.shapes])) {
    if (!isObject(shape) || !isObject(shape.properties)) continue
    const other = shapes.get(name) ?? shape
    if (!isDeepStrictEqual(unbounded(other), unbounded(shape)))
      throw new Error(`two different shapes are named ${name}`)
    names.set(shape, name)
    shapes.set(name, other)
  }
  return { names, shapes }
}

const kindOf = (file: CrdFile): string => String(at(file.document, 'spec', 'names', 'kind'))

/** A complete object: its schema, and the fields that Kubernetes adds. */
function kind(file: CrdFile, names: ReadonlyMap<Json, string>): [string, JSONSchema] {
  const schema = at(file.document, 'spec', 'versions', 0, 'schema', 'openAPIV3Schema')
  return [
    kindOf(file),
    {
      type: 'object',
      description: String(at(schema, 'description')),
      required: ['apiVersion', 'kind', 'metadata', 'spec'],
      additionalProperties: false,
      properties: {
        apiVersion: { type: 'string', enum: ['l7mp.io/v1'] },
        kind: { type: 'string', enum: [kindOf(file)] },
        metadata: { tsType: 'ObjectMeta' },
        spec: translate(at(schema, 'properties', 'spec'), names),
        status: translate(at(schema, 'properties', 'status'), names),
      },
    },
  ]
}

function translate(schema: Json, names: ReadonlyMap<Json, string>): JSONSchema {
  const name = names.get(schema)
  if (name !== undefined) return { $ref: `#/definitions/${name}` }
  if (!isObject(schema)) throw new Error('a schema must be an object')
  return closed(schema, names)
}

/** Converts a schema for json-schema-to-typescript. An object without properties has its own type. */
function closed(schema: JsonObject, names: ReadonlyMap<Json, string>): JSONSchema {
  const { properties, items, additionalProperties } = schema
  const description = { description: String(schema.description ?? '') }
  if (isObject(properties) && Object.keys(properties).length > 0) {
    const members = Object.entries(properties).map(([key, value]) => [key, translate(value, names)] as const)
    const required = Array.isArray(schema.required) ? schema.required.map(String) : []
    return {
      ...description,
      type: 'object',
      required,
      additionalProperties: false,
      properties: Object.fromEntries(members),
    }
  }
  if (items !== undefined) return { ...description, type: 'array', items: translate(items, names) }
  if (isObject(additionalProperties)) {
    return { ...description, tsType: `Readonly<Record<string, ${scalarType(additionalProperties)}>>` }
  }
  if (schema.type === 'object') {
    const open = schema['x-kubernetes-preserve-unknown-fields'] === true && properties === undefined
    return { ...description, tsType: open ? 'JsonObject' : 'NoParameters' }
  }
  if (Array.isArray(schema.enum)) return { ...description, type: 'string', enum: schema.enum.map(String) }
  return { ...description, tsType: scalarType(schema) }
}

const scalarType = (schema: JsonObject): string => (schema.type === 'integer' ? 'number' : String(schema.type))

/** Removes list lengths, which depend on where a shape is used. */
function unbounded(value: Json): Json {
  if (Array.isArray(value)) return value.map(unbounded)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => (key === 'maxItems' ? [] : [[key, unbounded(member)]])),
  )
}

/**
 * Adds `readonly`, which the generator does not support. Its output has one member per line, and only lists of named
 * types or scalars.
 */
const readonly = (code: string): string =>
  code.replace(
    /^( +)(\w+\??: )(.*\[\])?/gm,
    (_, indent: string, name: string, list: string | undefined) =>
      `${indent}readonly ${name}${list === undefined ? '' : `readonly ${list}`}`,
  )
