/**
 * Returns one object for all objects with the same content, so that they can be compared by identity, like the arguments of
 * queries. Unreferenced objects are released.
 */
export function createInterner<T extends object>(contentOf: (value: T) => string): (value: T) => T {
  const known = new Map<string, WeakRef<T>>()
  const collected = new FinalizationRegistry<string>(content => {
    // Another object with the same content may have replaced it.
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
