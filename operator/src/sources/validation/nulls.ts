/**
 * Removes nulls, which count as missing fields: API servers treat them so, and kubectl, helm and Go print them. An
 * empty text for an enum also counts as missing; charts produce it from unset values. Removed once, so that later
 * stages need not handle them. Pure.
 */
import { isRecord, type Schema } from '@l7mesh/crds'

/**
 * Returns the value without nulls in the fields that the schema defines; the same value if there are none. A null in a
 * list is kept, because it is an invalid item.
 */
export function withoutNulls(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) return withoutNullsInList(schema, value)
  if (!isRecord(value)) return value
  const entries = Object.entries(value)
  const kept = entries.flatMap(([key, entry]): readonly (readonly [string, unknown])[] => {
    const field = fieldOf(schema, key)
    if (entry !== null && (entry !== '' || field?.enum === undefined))
      return [[key, field === undefined ? entry : withoutNulls(field, entry)]]
    if (field?.default !== undefined) return [[key, field.default]]
    return schema.properties === undefined ? [[key, entry]] : []
  })
  const isSame = kept.length === entries.length && kept.every(([key, entry]) => entry === value[key])
  return isSame ? value : Object.fromEntries(kept)
}

function withoutNullsInList({ items }: Schema, list: readonly unknown[]): unknown {
  if (items === undefined) return list
  const kept = list.map(item => withoutNulls(items, item))
  return kept.every((item, index) => item === list[index]) ? list : kept
}

function fieldOf({ properties = {}, additionalProperties }: Schema, key: string): Schema | undefined {
  return Object.hasOwn(properties, key) ? properties[key] : additionalProperties
}
