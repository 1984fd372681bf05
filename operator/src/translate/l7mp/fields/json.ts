/** Objects of a proxy as plain JSON. */
import type { Json } from '@l7mesh/proxy-client'

/** A proxy accepts any depth, but crashes on more than 2,000 levels when its config is read. */
const MAX_DEPTH = 500

/** A margin for the levels above a value in its object. */
const MAX_ABOVE = 20

/** `value` must consist of JSON values, like all objects of the model. Throws a RangeError if it is too deep. */
export function asJson(value: object): Json {
  if (isDeeper(value, MAX_DEPTH)) throw new RangeError(`nested more than ${MAX_DEPTH} deep`)
  // Types cannot express that objects of the model have no undeclared members.
  return value as Json
}

/** Whether the value is too deep for an object of a proxy. */
export function isTooDeep(value: Json): boolean {
  return isDeeper(value, MAX_DEPTH - MAX_ABOVE)
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels < 0 || Object.values(value).some(part => isDeeper(part, levels - 1))
}
