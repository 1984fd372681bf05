/**
 * Returns one object for all that have the same content, so that they can be compared by identity, as the arguments of
 * queries are. An object that nothing refers to any more is forgotten.
 */
export function createInterner<T extends object>(contentOf: (value: T) => string): (value: T) => T {
  const known = new Map<string, WeakRef<T>>()
  const collected = new FinalizationRegistry<string>(content => {
    // Another one of the same content may have taken its place.
    if (known.get(content)?.deref() === undefined) known.delete(content)
  })
  return value => {
    const content = contentOf(value)
    const first = known.get(content)?.deref()
    if (first !== undefined) return first
    known.set(content, new WeakRef(value))
    collected.register(value, content)
    return value
  }
}
