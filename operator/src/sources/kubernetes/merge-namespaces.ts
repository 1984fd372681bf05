/** The local copies of one kind, one for each namespace that is looked at or one for all, as one map. */
import type { Reflector } from '../../kube/reflector.ts'
import type { ByName } from '../snapshot.ts'

/** Reads the map of now: the same one for as long as nothing of it changes. */
export type Getter<T> = () => T

export function mergeNamespaces<T>(reflectors: readonly Reflector<T>[]): Getter<ByName<T>> {
  const [only, ...others] = reflectors
  if (only && others.length === 0) return () => only.objects()
  const join = memoized((parts: readonly ByName<T>[]) => new Map(parts.flatMap(part => [...part])), areSame)
  return () => join(reflectors.map(reflector => reflector.objects()))
}

/** The result of before for as long as what it is made of is the same. */
export function memoized<In, Out>(
  make: (from: In, before: Out | undefined) => Out,
  isSame: (a: In, b: In) => boolean = Object.is,
): (from: In) => Out {
  let last: { readonly from: In; readonly out: Out } | undefined
  return from => {
    if (!last || !isSame(last.from, from)) last = { from, out: make(from, last?.out) }
    return last.out
  }
}

function areSame<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index])
}
