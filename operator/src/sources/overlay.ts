/**
 * Merges additional objects into a snapshot: the pods and EndpointSlices of a runner that runs them itself. Of two
 * objects with the same name, the added one is used: it is the same pod, with its status. Pure.
 */
import type { EndpointSlice, Pod } from '../kinds/core-types.ts'
import type { ByName, Snapshot } from './snapshot.ts'

export type Overlay = { readonly pods: ByName<Pod>; readonly endpointSlices: ByName<EndpointSlice> }

/** All objects keep their identity; without additions, so does the snapshot. */
export function overlay(snapshot: Snapshot, added: Overlay): Snapshot {
  const pods = merge(snapshot.pods, added.pods)
  const endpointSlices = merge(snapshot.endpointSlices, added.endpointSlices)
  const isUnchanged = pods === snapshot.pods && endpointSlices === snapshot.endpointSlices
  return isUnchanged ? snapshot : { ...snapshot, pods, endpointSlices }
}

function merge<T>(base: ByName<T>, added: ByName<T>): ByName<T> {
  return added.size === 0 ? base : new Map([...base, ...added])
}
