/**
 * Finds the objects that crash a proxy. A connection that breaks during a call makes the objects of that call suspects;
 * only a proxy that is then empty has crashed. An object at which a proxy crashed twice is blocked; otherwise all others
 * would be created and lost again forever. While there are suspects, each object is created by a request of its own.
 */
import type { ObjectKey } from '@l7mesh/proxy-client'

export class CrashTracker {
  #suspects: ReadonlySet<ObjectKey> = new Set()
  readonly #crashes = new Map<ObjectKey, number>()

  /** Whether any object is suspected or has crashed the proxy before. */
  get hasSuspects(): boolean {
    return this.#suspects.size + this.#crashes.size > 0
  }

  /** The connection broke during the call for these objects. */
  suspect(keys: readonly ObjectKey[]): void {
    this.#suspects = new Set(keys)
  }

  /** The proxy was read in full after the connection broke. `isEmpty`: it had no object of l7mesh. */
  observed(isEmpty: boolean): void {
    for (const key of isEmpty ? this.#suspects : []) this.#crashes.set(key, (this.#crashes.get(key) ?? 0) + 1)
    this.#suspects = new Set()
  }

  /** Everything was programmed: an object that is not blocked did not cause the crash. */
  clear(): void {
    for (const [key, crashes] of this.#crashes) if (crashes < MOST_CRASHES) this.#crashes.delete(key)
  }

  /** The objects to omit. A suspected crash counts. */
  blocked(): ReadonlySet<ObjectKey> {
    const suspected = (key: ObjectKey) => (this.#suspects.has(key) ? 1 : 0)
    return new Set(
      [...this.#crashes].filter(([key, crashes]) => crashes + suspected(key) >= MOST_CRASHES).map(([key]) => key),
    )
  }
}

const MOST_CRASHES = 2
