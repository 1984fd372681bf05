/**
 * VirtualServices of which no version can be used: the newest is refused, and this process has seen no earlier one. What
 * proxies hold of them stays in force. Pure.
 */
import type { ResourceKey, Snapshot } from '../sources/snapshot.ts'
import type { DesiredFleet } from '../translate/desired.ts'
import { baseName } from '../translate/names.ts'

const KIND = 'VirtualService/'

/** Their names as those of their objects begin, in order. */
export function unknownVersions(
  { virtualServices }: Snapshot,
  rejected: ReadonlyMap<ResourceKey, unknown>,
): readonly string[] {
  const keys = [...rejected.keys()].filter(key => key.startsWith(KIND)).map(key => key.slice(KIND.length))
  return keys
    .filter(key => !virtualServices.has(key))
    .map(key => baseName('virtualservices', key))
    .sort()
}

/** The same fleet where there are none. */
export function retaining(fleet: DesiredFleet, unknown: readonly string[]): DesiredFleet {
  if (unknown.length === 0) return fleet
  const retain: ReadonlySet<string> = new Set(unknown)
  return { ...fleet, proxies: new Map([...fleet.proxies].map(([key, desired]) => [key, { ...desired, retain }])) }
}
