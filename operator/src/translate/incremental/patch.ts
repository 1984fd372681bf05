import { isDeepStrictEqual } from 'node:util'
import { copy } from '@l7mesh/proxy-client'

/** Changes to a map, which is copied on the first write. */
export class Patch<K, V extends object> {
  readonly #whole: ReadonlyMap<K, V>
  #copy: Map<K, V> | undefined

  constructor(whole: ReadonlyMap<K, V>) {
    this.#whole = whole
  }

  /** Keeps an existing equal value. */
  set(key: K, value: V): void {
    const held = this.result().get(key)
    if (held !== value && !isDeepStrictEqual(held, value)) this.#own().set(key, value)
  }

  /** The same, but compares by identity. */
  replace(key: K, value: V): void {
    if (this.result().get(key) !== value) this.#own().set(key, value)
  }

  delete(key: K): void {
    if (this.result().has(key)) this.#own().delete(key)
  }

  result(): ReadonlyMap<K, V> {
    return this.#copy ?? this.#whole
  }

  #own(): Map<K, V> {
    this.#copy ??= copy(this.#whole)
    return this.#copy
  }
}
