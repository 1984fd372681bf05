/** The results of DNS lookups: the output of the resolver and an input of statuses. Pure. */

/** By name. The map has no entry for a name that is not resolved yet, or whose lookup failed. */
export type Resolutions = ReadonlyMap<string, Families>
/** The address families of a name. Both false: the name does not exist. */
export type Families = { readonly ipv4: boolean; readonly ipv6: boolean }

export const NOTHING_RESOLVED: Resolutions = new Map()
