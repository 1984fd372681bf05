/**
 * First step of the validator: what an API server makes of a document before it judges it. Nulls are dropped, defaults
 * filled in, and fields that the schema does not know are dropped. What was dropped is reported.
 *
 * Never goes deeper than the schema: what `x-kubernetes-preserve-unknown-fields` keeps is kept as it stands.
 */
import type { Schema } from './crd.ts'
import type { Finding } from './finding.ts'
import { nearest } from './nearest.ts'
import { item, member } from './path.ts'

export type JsonRecord = { readonly [key: string]: unknown }

export const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The member of that name; never one that every object inherits. */
export const own = <T>(members: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  members !== undefined && Object.hasOwn(members, key) ? members[key] : undefined

/** The document as it would be stored. A value of another type than the schema says is kept: the next step reports it. */
export function conform(schema: Schema, value: unknown, path: string, report: (finding: Finding) => void): unknown {
  if (schema.type === 'object' && isRecord(value)) return conformObject(schema, value, path, report)
  const { items } = schema
  if (items === undefined || !Array.isArray(value)) return value
  return value.map((entry, index) => conform(items, entry, item(path, index), report))
}

function conformObject(
  schema: Schema,
  value: JsonRecord,
  path: string,
  report: (finding: Finding) => void,
): JsonRecord {
  const kept: [string, unknown][] = []
  for (const [key, entry] of Object.entries(value)) {
    const known = own(schema.properties, key) ?? schema.additionalProperties
    if (known !== undefined) kept.push(...conformMember(known, key, entry, path, report))
    else if (schema['x-kubernetes-preserve-unknown-fields'] === true) kept.push([key, entry])
    else report(unknownField(schema, path, key))
  }
  // Not by assignment: `__proto__` is a key like any other.
  return { ...defaults(schema), ...Object.fromEntries(kept) }
}

/** The member, or what stands for its null: the default, or else nothing. */
function conformMember(
  schema: Schema,
  key: string,
  value: unknown,
  path: string,
  report: (finding: Finding) => void,
): readonly [string, unknown][] {
  if (value !== null && value !== undefined) return [[key, conform(schema, value, member(path, key), report)]]
  if (schema.default !== undefined) return [[key, schema.default]]
  report(noValue(schema, member(path, key)))
  return []
}

function defaults(schema: Schema): JsonRecord {
  const members = Object.entries(schema.properties ?? {})
  return Object.fromEntries(members.flatMap(([key, { default: value }]) => (value === undefined ? [] : [[key, value]])))
}

/** `Echo:` alone, where `Echo: {}` is meant, is a common mistake. */
const noValue = ({ type }: Schema, path: string): Finding => ({
  kind: 'Required',
  path,
  message: 'the field has no value, and so counts as not given',
  help: type === 'object' ? 'write {} after the colon, or leave the field out' : 'give a value, or leave the field out',
})

function unknownField(schema: Schema, path: string, key: string): Finding {
  const fields = Object.keys(schema.properties ?? {})
  const meant = nearest(key, fields)
  const choice =
    fields.length === 0 ? 'leave it out: no field can stand here' : `the fields here are ${fields.join(', ')}`
  return {
    kind: 'UnknownField',
    path: member(path, key),
    message: 'there is no such field',
    help: meant === undefined ? choice : `did you mean ${meant}?`,
  }
}
