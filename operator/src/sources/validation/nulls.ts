/**
 * A null where a field may be left out says that it is left out: an API server takes it so, and kubectl, helm and Go
 * print it. So does an empty text where one of several is wanted, which charts make of a value that nobody gave. Taken out
 * here, once, so that nobody behind has to think of it. Pure.
 */
import { isRecord, type Schema } from '@l7mesh/crds'

/**
 * The value without nulls in the fields of objects that the schema knows: the very same value where there are none. A null
 * in a list stays, since it is no item.
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
