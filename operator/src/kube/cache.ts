/** What a reflector keeps: of each object of a collection that which matters, and the resourceVersion that it was made of. */
import type { RawObject } from '../raw-object.ts'
import { nameOf } from './collection.ts'

/**
 * What is kept of an object; undefined: nothing. `before` is what was kept of it so far: returned again, it says that
 * nothing that matters has changed.
 */
export type Keep<T> = (object: RawObject, before: T | undefined) => T | undefined

export class Cache<T> {
  readonly #keep: Keep<T>
  readonly #objects = new Map<string, T>()
  /** Those of objects too of which nothing is kept. */
  readonly #versions = new Map<string, string>()
  #copy: ReadonlyMap<string, T> | undefined

  constructor(keep: Keep<T>) {
    this.#keep = keep
  }

  /** By NAMESPACE/NAME: the same map for as long as nothing changes. */
  objects(): ReadonlyMap<string, T> {
    this.#copy ??= new Map(this.#objects)
    return this.#copy
  }

  has(name: string): boolean {
    return this.#versions.has(name)
  }

  namesBut(listed: ReadonlySet<string>): readonly string[] {
    return this.#versions
      .keys()
      .filter(name => !listed.has(name))
      .toArray()
  }

  /** Whether it makes a difference. An object of the same resourceVersion is not looked at. */
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

  /** Whether it makes a difference. */
  delete(name: string): boolean {
    this.#versions.delete(name)
    if (!this.#objects.delete(name)) return false
    this.#copy = undefined
    return true
  }
}
