/** The one place where typed objects of a proxy are looked at as plain JSON. */
import type { Json } from '@l7mesh/proxy-client'

/** A proxy takes any depth, and dies of more than 2,000 when it is asked what it holds. */
const MAX_DEPTH = 500

/** How deep in its object a part stands at most, with room to spare. */
const MAX_ABOVE = 20

/** `value` must be made of JSON values alone, as all objects of the model are. Throws a RangeError where it is too deep. */
export function asJson(value: object): Json {
  if (isDeeper(value, MAX_DEPTH)) throw new RangeError(`nested more than ${MAX_DEPTH} deep`)
  // The types of the model cannot say that they have no other members than they declare.
  return value as Json
}

/** Whether the value cannot be a part of an object of a proxy. */
export function isTooDeep(value: Json): boolean {
  return isDeeper(value, MAX_DEPTH - MAX_ABOVE)
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels < 0 || Object.values(value).some(part => isDeeper(part, levels - 1))
}
