/**
 * First step of the validator: prunes and defaults a document as an API server does before validation. Nulls are
 * dropped and defaults set. Unknown fields are dropped and reported, including those of `spec`, which an API server
 * keeps for a policy to reject.
 *
 * Never descends deeper than the schema: the contents of a free-form object are kept unchanged.
 */
import type { Schema } from './crd.ts'
import { emptyRestrictions, isRestriction } from './empty.ts'
import type { Finding } from './finding.ts'
import { nearest } from './nearest.ts'
import { item, member } from './path.ts'

export type JsonRecord = { readonly [key: string]: unknown }

export const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The own member of this name, never an inherited one. */
export const own = <T>(members: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  members !== undefined && Object.hasOwn(members, key) ? members[key] : undefined

/** Returns the document as it would be stored. Values of the wrong type are kept, for the next step to report. */
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
  for (const finding of emptyRestrictions(schema, value, path)) report(finding)
  const kept: [string, unknown][] = []
  for (const [key, entry] of Object.entries(value)) {
    const known = own(schema.properties, key) ?? schema.additionalProperties
    if (known !== undefined) kept.push(...conformMember(known, key, entry, path, report))
    else if (isFreeForm(schema)) kept.push([key, entry])
    else report(unknownField(schema, path, key, value))
  }
  // Not by assignment, so that `__proto__` is an ordinary key.
  return { ...defaults(schema), ...Object.fromEntries(kept) }
}

/** Whether any field is allowed. A schema with `properties`, even empty ones, allows no others. */
const isFreeForm = (schema: Schema): boolean =>
  schema['x-kubernetes-preserve-unknown-fields'] === true && schema.properties === undefined

/** Returns the member, or for a null its default, if any. */
function conformMember(
  schema: Schema,
  key: string,
  value: unknown,
  path: string,
  report: (finding: Finding) => void,
): readonly [string, unknown][] {
  if (value !== null && value !== undefined) return [[key, conform(schema, value, member(path, key), report)]]
  if (schema.default !== undefined) return [[key, schema.default]]
  // Nullable fields are handled by `emptyRestrictions`.
  if (schema.nullable !== true) report(noValue(schema, member(path, key)))
  return []
}

function defaults(schema: Schema): JsonRecord {
  const members = Object.entries(schema.properties ?? {})
  return Object.fromEntries(members.flatMap(([key, { default: value }]) => (value === undefined ? [] : [[key, value]])))
}

/** `Echo:` instead of `Echo: {}` is a common mistake. */
const noValue = (schema: Schema, path: string): Finding => ({
  kind: 'Required',
  path,
  message: 'the field has no value, so it counts as not set',
  help:
    schema.type === 'object' && !isRestriction(schema)
      ? 'write {} after the colon, or remove the field'
      : 'set a value, or remove the field',
})

function unknownField(schema: Schema, path: string, key: string, siblings: JsonRecord): Finding {
  const fields = Object.keys(schema.properties ?? {})
  const meant = nearest(key, fields)
  const choice =
    fields.length === 0 ? 'remove it: the object takes no fields' : `the fields here are ${fields.join(', ')}`
  return {
    kind: schema['x-kubernetes-preserve-unknown-fields'] === true ? 'UnknownField' : 'DroppedField',
    path: member(path, key),
    message: 'unknown field',
    help: meant === undefined ? `${choice}${indentation(schema, key, siblings)}` : `did you mean ${meant}?`,
  }
}

/** `matchLabels:` with its labels at the same indentation: the field is empty, and the labels are its siblings. */
function indentation({ properties = {} }: Schema, key: string, siblings: JsonRecord): string {
  const parent = Object.entries(properties).find(([name, field]) => siblings[name] === null && accepts(field, key))
  return parent === undefined ? '' : `; if it belongs to ${parent[0]}, indent it further`
}

const accepts = (schema: Schema, key: string): boolean =>
  schema.type === 'object' &&
  (own(schema.properties, key) !== undefined || schema.additionalProperties !== undefined || isFreeForm(schema))
