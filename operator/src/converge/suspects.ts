/**
 * Objects that a proxy dies of. A connection that breaks in the middle of a call makes the object of that call suspect;
 * only a proxy that then comes back empty has died. An object at which it dies twice is kept from it: otherwise all
 * others would be filled in and lost again for ever.
 */
import type { ObjectKey } from '@l7mesh/proxy-client'

export class Suspects {
  #suspect: ObjectKey | undefined
  readonly #deaths = new Map<ObjectKey, number>()

  /** The connection broke while the call about this object was under way. */
  suspect(key: ObjectKey): void {
    this.#suspect = key
  }

  /** The proxy was read in full after the connection broke. `empty`: it held nothing of ours. */
  seen(empty: boolean): void {
    if (this.#suspect && empty) this.#deaths.set(this.#suspect, (this.#deaths.get(this.#suspect) ?? 0) + 1)
    this.#suspect = undefined
  }

  /** All that was wanted was done: whatever it died of before, it was none of these. */
  acquit(): void {
    for (const [key, deaths] of this.#deaths) if (deaths < DEADLY) this.#deaths.delete(key)
  }

  /** The objects to keep from the proxy. The death that is suspected now counts. */
  deadly(): ReadonlySet<ObjectKey> {
    const now = (key: ObjectKey) => (key === this.#suspect ? 1 : 0)
    return new Set([...this.#deaths].filter(([key, deaths]) => deaths + now(key) >= DEADLY).map(([key]) => key))
  }
}

const DEADLY = 2
