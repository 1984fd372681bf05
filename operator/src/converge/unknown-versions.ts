/**
 * Resources without a usable version: the newest is rejected, and this process has read no earlier one. Proxies retain the
 * objects of those of a retained kind. Pure.
 */
import { KINDS, RESOURCE_FIELDS } from '../kinds/kinds.ts'
import type { ResourceKey, Snapshot } from '../sources/snapshot.ts'
import type { DesiredFleet } from '../translate/desired.ts'
import { baseName } from '../translate/names.ts'

const RETAINED = RESOURCE_FIELDS.filter(field => KINDS[field].retained)

/** The prefixes of the names of their objects, sorted. */
export function unknownVersions(snapshot: Snapshot, rejected: ReadonlyMap<ResourceKey, unknown>): readonly string[] {
  return RETAINED.flatMap(field => {
    const { kind, plural } = KINDS[field]
    const keys = [...rejected.keys()].filter(key => key.startsWith(`${kind}/`)).map(key => key.slice(kind.length + 1))
    return keys.filter(key => !snapshot[field].has(key)).map(key => baseName(plural, key))
  }).sort()
}

/** Returns the same fleet if there are none. */
export function retaining(fleet: DesiredFleet, unknown: readonly string[]): DesiredFleet {
  if (unknown.length === 0) return fleet
  const retain: ReadonlySet<string> = new Set(unknown)
  return { ...fleet, proxies: new Map([...fleet.proxies].map(([key, desired]) => [key, { ...desired, retain }])) }
}
