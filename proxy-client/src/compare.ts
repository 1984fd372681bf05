/**
 * How what a proxy holds stands to what it should hold, kind by kind. What was compared once is remembered by identity:
 * objects that do not change, and kinds of which none did, take no time again. Pure; what it remembers never shows but
 * in the time it takes.
 */
import { isDeepStrictEqual } from 'node:util'

export type Compare = {
  /** Whether two objects in normal form say the same. */
  same(a: object, b: object): boolean
  /** Both by name. */
  match<T extends object>(live: ReadonlyMap<string, T>, desired: ReadonlyMap<string, T>): Match<T>
}

/** The objects of one kind. */
export type Match<T> = {
  /** Desired, and nothing of the name is there. */
  readonly missing: readonly T[]
  /** There, and nothing of the name is desired. Those of others are among them. */
  readonly surplus: readonly T[]
  /** There, and not as desired. */
  readonly unequal: readonly Pair<T>[]
  /** There as desired, as an object of its own. */
  readonly copies: readonly Pair<T>[]
}
export type Pair<T> = { readonly live: T; readonly desired: T }

export function createCompare(): Compare {
  const equal = new WeakMap<object, object>()
  const matches = new WeakMap<object, { readonly desired: object; readonly match: Match<object> }>()
  const same = (a: object, b: object) => {
    if (a === b || equal.get(a) === b) return true
    if (!isDeepStrictEqual(a, b)) return false
    equal.set(a, b)
    return true
  }
  return {
    same,
    match<T extends object>(live: ReadonlyMap<string, T>, desired: ReadonlyMap<string, T>): Match<T> {
      const known = matches.get(live)
      // What is known of these two maps was made from them, and they hold nothing but T.
      if (known?.desired === desired) return known.match as Match<T>
      const match = matchOf(live, desired, same)
      matches.set(live, { desired, match })
      return match
    },
  }
}

function matchOf<T extends object>(
  live: ReadonlyMap<string, T>,
  desired: ReadonlyMap<string, T>,
  same: Compare['same'],
): Match<T> {
  const missing: T[] = []
  const unequal: Pair<T>[] = []
  const copies: Pair<T>[] = []
  for (const [name, object] of desired) {
    const held = live.get(name)
    if (held === object) continue
    if (held === undefined) missing.push(object)
    else (same(held, object) ? copies : unequal).push({ live: held, desired: object })
  }
  return { missing, surplus: surplusOf(live, desired), unequal, copies }
}

function surplusOf<T>(live: ReadonlyMap<string, T>, desired: ReadonlyMap<string, T>): readonly T[] {
  const surplus: T[] = []
  for (const [name, object] of live) if (!desired.has(name)) surplus.push(object)
  return surplus
}
