/**
 * A snapshot with what else is known laid over it: the pods and EndpointSlices of a runner that runs them itself. Pure.
 * Of two objects of one name the added one counts: it is the same pod with its state.
 */
import type { EndpointSlice, Pod } from '../kinds/core-types.ts'
import type { ByName, Snapshot } from './snapshot.ts'

export type Overlay = { readonly pods: ByName<Pod>; readonly endpointSlices: ByName<EndpointSlice> }

/** All objects keep their identity; with nothing to add, so does the snapshot. */
export function overlay(snapshot: Snapshot, added: Overlay): Snapshot {
  const pods = over(snapshot.pods, added.pods)
  const endpointSlices = over(snapshot.endpointSlices, added.endpointSlices)
  const isUnchanged = pods === snapshot.pods && endpointSlices === snapshot.endpointSlices
  return isUnchanged ? snapshot : { ...snapshot, pods, endpointSlices }
}

function over<T>(under: ByName<T>, added: ByName<T>): ByName<T> {
  return added.size === 0 ? under : new Map([...under, ...added])
}
