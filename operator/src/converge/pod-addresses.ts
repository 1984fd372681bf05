/** The addresses of pods, and when a pod last released an address: another pod may have it now, or share it. */
import type { Pod } from '../kinds/core-types.ts'
import { podAddresses, stateOf } from '../translate/lookup/pods.ts'

/** The part that workers use. */
export type PodAddresses = {
  has(address: string): boolean
  /** When a pod last released the address, by the clock; undefined if none is known to have done so. */
  leftAt(address: string): number | undefined
}

/** Pods are unknown, so none counts as deleted. */
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

  /** Returns whether the pods changed. `now`: by the clock. */
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

/** By address, the pods that have it: several if it is their node's. */
function holdersOf(pods: ReadonlyMap<string, Pod>): ReadonlyMap<string, ReadonlySet<string>> {
  const holders = new Map<string, Set<string>>()
  for (const [key, pod] of pods) {
    if (stateOf(pod) === 'over') continue
    for (const address of podAddresses(pod))
      holders.set(address, (holders.get(address) ?? new Set()).add(`${key} ${pod.metadata.uid ?? ''}`))
  }
  return holders
}
