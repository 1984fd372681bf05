/**
 * Objects that a proxy dies of. A connection that breaks in the middle of a call makes the objects of that call suspect;
 * only a proxy that then comes back empty has died. An object at which it dies twice is kept from it: otherwise all
 * others would be filled in and lost again for ever. While there are suspects, each is tried by itself.
 */
import type { ObjectKey } from '@l7mesh/proxy-client'

export class Suspects {
  #suspects: ReadonlySet<ObjectKey> = new Set()
  readonly #deaths = new Map<ObjectKey, number>()

  get any(): boolean {
    return this.#suspects.size + this.#deaths.size > 0
  }

  /** The connection broke while the call about these objects was under way. */
  suspect(keys: readonly ObjectKey[]): void {
    this.#suspects = new Set(keys)
  }

  /** The proxy was read in full after the connection broke. `empty`: it held nothing of ours. */
  seen(empty: boolean): void {
    for (const key of empty ? this.#suspects : []) this.#deaths.set(key, (this.#deaths.get(key) ?? 0) + 1)
    this.#suspects = new Set()
  }

  /** All that was wanted was done: whatever it died of before, it was none of these. */
  acquit(): void {
    for (const [key, deaths] of this.#deaths) if (deaths < DEADLY) this.#deaths.delete(key)
  }

  /** The objects to keep from the proxy. The death that is suspected now counts. */
  deadly(): ReadonlySet<ObjectKey> {
    const now = (key: ObjectKey) => (this.#suspects.has(key) ? 1 : 0)
    return new Set([...this.#deaths].filter(([key, deaths]) => deaths + now(key) >= DEADLY).map(([key]) => key))
  }
}

const DEADLY = 2
