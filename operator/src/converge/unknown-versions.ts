/**
 * Resources of which no version can be used: the newest is refused, and this process has seen no earlier one. What proxies
 * hold of those of a retained kind stays in force. Pure.
 */
import { KINDS, RESOURCE_FIELDS } from '../kinds/kinds.ts'
import type { ResourceKey, Snapshot } from '../sources/snapshot.ts'
import type { DesiredFleet } from '../translate/desired.ts'
import { baseName } from '../translate/names.ts'

const RETAINED = RESOURCE_FIELDS.filter(field => KINDS[field].retained)

/** Their names as those of their objects begin, in order. */
export function unknownVersions(snapshot: Snapshot, rejected: ReadonlyMap<ResourceKey, unknown>): readonly string[] {
  return RETAINED.flatMap(field => {
    const { kind, plural } = KINDS[field]
    const keys = [...rejected.keys()].filter(key => key.startsWith(`${kind}/`)).map(key => key.slice(kind.length + 1))
    return keys.filter(key => !snapshot[field].has(key)).map(key => baseName(plural, key))
  }).sort()
}

/** The same fleet where there are none. */
export function retaining(fleet: DesiredFleet, unknown: readonly string[]): DesiredFleet {
  if (unknown.length === 0) return fleet
  const retain: ReadonlySet<string> = new Set(unknown)
  return { ...fleet, proxies: new Map([...fleet.proxies].map(([key, desired]) => [key, { ...desired, retain }])) }
}
