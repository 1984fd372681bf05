/** Merges the local copies of one kind, one per watched namespace or one for all, into one map. */
import type { Reflector } from '../../kube/reflector.ts'
import type { ByName } from '../snapshot.ts'

/** Returns the current value, which keeps its identity until it changes. */
export type Getter<T> = () => T

export function mergeNamespaces<T>(reflectors: readonly Reflector<T>[]): Getter<ByName<T>> {
  const [single, ...others] = reflectors
  if (single && others.length === 0) return () => single.objects()
  const join = memoized((parts: readonly ByName<T>[]) => new Map(parts.flatMap(part => [...part])), areSame)
  return () => join(reflectors.map(reflector => reflector.objects()))
}

/** Memoizes the last result, which is reused while its input is the same. */
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
