/** Which addresses pods have, and when one that had an address gave it up: another may have it by now, or beside it. */
import type { Pod } from '../kinds/core-types.ts'
import { podAddresses, stateOf } from '../translate/lookup/pods.ts'

/** As the workers ask. */
export type PodAddresses = {
  has(address: string): boolean
  /** When a pod last gave it up, by the clock; undefined where none is known to have. */
  leftAt(address: string): number | undefined
}

/** Nothing is known of pods, so none is ever gone. */
export const NO_PODS_KNOWN: PodAddresses = { has: () => true, leftAt: () => undefined }

export class KnownPods implements PodAddresses {
  #pods: ReadonlyMap<string, Pod> | undefined
  #holders: ReadonlyMap<string, ReadonlySet<string>> = new Map()
  readonly #left = new Map<string, number>()

  has(address: string): boolean {
    return this.#pods === undefined || this.#holders.has(address)
  }

  leftAt(address: string): number | undefined {
    return this.#left.get(address)
  }

  /** Whether they are others than before. `now`: by the clock. */
  learn(pods: ReadonlyMap<string, Pod>, now: number): boolean {
    if (pods === this.#pods) return false
    const holders = holdersOf(pods)
    for (const [address, before] of this.#holders)
      if ([...before].some(pod => !holders.get(address)?.has(pod))) this.#left.set(address, now)
    this.#pods = pods
    this.#holders = holders
    return true
  }
}

/** By address, the pods that have it: several where it is their node's. */
function holdersOf(pods: ReadonlyMap<string, Pod>): ReadonlyMap<string, ReadonlySet<string>> {
  const holders = new Map<string, Set<string>>()
  for (const [key, pod] of pods) {
    if (stateOf(pod) === 'over') continue
    for (const address of podAddresses(pod))
      holders.set(address, (holders.get(address) ?? new Set()).add(`${key} ${pod.metadata.uid ?? ''}`))
  }
  return holders
}
