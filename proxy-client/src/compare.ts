/** Equality of objects in normal form, remembered by identity: an object that does not change is compared once. */
import { isDeepStrictEqual } from 'node:util'

/** Whether two objects in normal form say the same. Pure; what it remembers never shows but in the time it takes. */
export type Compare = (a: object, b: object) => boolean

export function createCompare(): Compare {
  const equal = new WeakMap<object, object>()
  return (a, b) => {
    if (a === b || equal.get(a) === b) return true
    if (!isDeepStrictEqual(a, b)) return false
    equal.set(a, b)
    return true
  }
}
