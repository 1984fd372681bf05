/** What is known of domain names: what the resolver finds out and statuses are made of. Pure. */

/** By name, as far as it is known: a name that is missing has not been looked up for certain. */
export type Resolutions = ReadonlyMap<string, Families>
/** Neither: there is no such name. */
export type Families = { readonly ipv4: boolean; readonly ipv6: boolean }

export const NOTHING_RESOLVED: Resolutions = new Map()
