/**
 * First step of the validator: what an API server makes of a document before it judges it. Nulls are dropped and defaults
 * filled in. Fields that the schema does not know are dropped, also those of `spec`, which an API server keeps for others
 * to refuse. What was dropped is reported.
 *
 * Never goes deeper than the schema: what stands in a free-form object is kept as it stands.
 */
import type { Schema } from './crd.ts'
import { emptyRestrictions, isRestriction } from './empty.ts'
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
  for (const finding of emptyRestrictions(schema, value, path)) report(finding)
  const kept: [string, unknown][] = []
  for (const [key, entry] of Object.entries(value)) {
    const known = own(schema.properties, key) ?? schema.additionalProperties
    if (known !== undefined) kept.push(...conformMember(known, key, entry, path, report))
    else if (isFreeForm(schema)) kept.push([key, entry])
    else report(unknownField(schema, path, key, value))
  }
  // Not by assignment: `__proto__` is a key like any other.
  return { ...defaults(schema), ...Object.fromEntries(kept) }
}

/** Whether any field may stand in it; where there are `properties`, be they none, there are no others. */
const isFreeForm = (schema: Schema): boolean =>
  schema['x-kubernetes-preserve-unknown-fields'] === true && schema.properties === undefined

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
  // Of the others `emptyRestrictions` speaks.
  if (schema.nullable !== true) report(noValue(schema, member(path, key)))
  return []
}

function defaults(schema: Schema): JsonRecord {
  const members = Object.entries(schema.properties ?? {})
  return Object.fromEntries(members.flatMap(([key, { default: value }]) => (value === undefined ? [] : [[key, value]])))
}

/** `Echo:` alone, where `Echo: {}` is meant, is a common mistake. */
const noValue = (schema: Schema, path: string): Finding => ({
  kind: 'Required',
  path,
  message: 'the field has no value, and so counts as not given',
  help:
    schema.type === 'object' && !isRestriction(schema)
      ? 'write {} after the colon, or leave the field out'
      : 'give a value, or leave the field out',
})

function unknownField(schema: Schema, path: string, key: string, beside: JsonRecord): Finding {
  const fields = Object.keys(schema.properties ?? {})
  const meant = nearest(key, fields)
  const choice = fields.length === 0 ? 'leave it out: it takes no fields' : `the fields here are ${fields.join(', ')}`
  return {
    kind: schema['x-kubernetes-preserve-unknown-fields'] === true ? 'UnknownField' : 'DroppedField',
    path: member(path, key),
    message: 'there is no such field',
    help: meant === undefined ? `${choice}${indentation(schema, key, beside)}` : `did you mean ${meant}?`,
  }
}

/** `matchLabels:` with its labels below it and no further in: the field is empty, and they are fields beside it. */
function indentation({ properties = {} }: Schema, key: string, beside: JsonRecord): string {
  const above = Object.entries(properties).find(([name, field]) => beside[name] === null && takes(field, key))
  return above === undefined ? '' : `; if it belongs to ${above[0]}, indent it further`
}

const takes = (schema: Schema, key: string): boolean =>
  schema.type === 'object' &&
  (own(schema.properties, key) !== undefined || schema.additionalProperties !== undefined || isFreeForm(schema))
