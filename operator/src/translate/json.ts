/** The one place where typed objects of a proxy are looked at as plain JSON. */
import type { Json } from '@l7mesh/proxy-client'

/** A proxy takes any depth, and dies of more than 2,000 when it is asked what it holds. */
const MAX_DEPTH = 500

/** `value` must be made of JSON values alone, as all objects of the model are. Throws a RangeError where it is too deep. */
export function asJson(value: object): Json {
  checkDepth(value, 0)
  // The types of the model cannot say that they have no other members than they declare.
  return value as Json
}

function checkDepth(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return
  if (depth > MAX_DEPTH) throw new RangeError(`nested more than ${MAX_DEPTH} deep`)
  for (const part of Object.values(value)) checkDepth(part, depth + 1)
}
