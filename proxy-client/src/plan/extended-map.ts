/**
 * A shared map with one additional entry, so that proxies that differ only in their marker do not need maps of their own.
 * Pure.
 */
export class ExtendedMap<V> implements ReadonlyMap<string, V> {
  readonly base: ReadonlyMap<string, V>
  readonly key: string
  readonly value: V

  /** `base` must not have the key. */
  constructor(base: ReadonlyMap<string, V>, key: string, value: V) {
    this.base = base
    this.key = key
    this.value = value
  }

  get size(): number {
    return this.base.size + 1
  }

  get(key: string): V | undefined {
    return key === this.key ? this.value : this.base.get(key)
  }

  has(key: string): boolean {
    return key === this.key || this.base.has(key)
  }

  *entries(): Generator<[string, V], undefined> {
    yield* this.base
    yield [this.key, this.value]
  }

  *keys(): Generator<string, undefined> {
    yield* this.base.keys()
    yield this.key
  }

  *values(): Generator<V, undefined> {
    yield* this.base.values()
    yield this.value
  }

  [Symbol.iterator](): Generator<[string, V], undefined> {
    return this.entries()
  }

  forEach(callback: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [key, value] of this) callback(value, key, this)
  }
}
