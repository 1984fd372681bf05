/**
 * The store of a reflector: the parts of each object that matter, and the resourceVersion that they were extracted
 * from.
 */
import type { RawObject } from '../raw-object.ts'
import { nameOf } from './collection.ts'

/**
 * Returns the value to store for an object, or undefined to store nothing. `before` is the value stored so far:
 * returning it means that nothing that matters has changed.
 */
export type Keep<T> = (object: RawObject, before: T | undefined) => T | undefined

export class Cache<T> {
  readonly #keep: Keep<T>
  readonly #objects = new Map<string, T>()
  /** Includes objects for which no value is stored. */
  readonly #versions = new Map<string, string>()
  #copy: ReadonlyMap<string, T> | undefined

  constructor(keep: Keep<T>) {
    this.#keep = keep
  }

  /** By NAMESPACE/NAME. Returns the same map until something changes. */
  objects(): ReadonlyMap<string, T> {
    this.#copy ??= new Map(this.#objects)
    return this.#copy
  }

  has(name: string): boolean {
    return this.#versions.has(name)
  }

  namesExcept(listed: ReadonlySet<string>): readonly string[] {
    return this.#versions
      .keys()
      .filter(name => !listed.has(name))
      .toArray()
  }

  /** Returns whether anything changed. An object with the known resourceVersion is ignored. */
  set(object: RawObject): boolean {
    const name = nameOf(object)
    const { resourceVersion } = object.metadata
    if (this.#versions.get(name) === resourceVersion) return false
    const before = this.#objects.get(name)
    const kept = this.#keep(object, before)
    this.#versions.set(name, resourceVersion)
    if (kept === before) return false
    if (kept === undefined) this.#objects.delete(name)
    else this.#objects.set(name, kept)
    this.#copy = undefined
    return true
  }

  /** Returns whether anything changed. */
  delete(name: string): boolean {
    this.#versions.delete(name)
    if (!this.#objects.delete(name)) return false
    this.#copy = undefined
    return true
  }
}
