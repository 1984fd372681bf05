/**
 * The queries over the snapshot: objects by key, pods by selector, the proxies. Results keep their identity from one
 * snapshot to the next while they are equal.
 */

import type { EndpointSlice, Pod } from '../../kinds/core-types.ts'
import { byField, type ObjectOf, type SnapshotField } from '../../kinds/kinds.ts'
import type { ByName } from '../../sources/snapshot.ts'
import type { ProxyRef } from '../desired.ts'
import type { Changes, Entry, Index } from '../incremental/indexes.ts'
import { identical, type Memo, type Query, sameList } from '../incremental/memo.ts'
import { plainForm } from '../predicates/address-forms.ts'
import type { IndexedSnapshot } from './indexed-snapshot.ts'
import { isOver, podAddresses, proxyOf } from './pods.ts'
import { proxiesByAddress, proxiesSharingAddress } from './proxy-addresses.ts'
import { createSelections, type Selections } from './selections.ts'

export type Lookup = Collections &
  Selections & {
    /** The EndpointSlices of a Service, in the order of their names. */
    readonly slicesOf: Query<readonly EndpointSlice[]>
    /** The keys of the Rules that name a rulelist, by its key. */
    readonly rulesOf: Query<readonly string[]>
    /** Whether a VirtualService or Rule refers to this rulelist in its rules. */
    readonly isListNamed: Query<boolean>
    /** Whether a VirtualService refers to this Rule in its rules. */
    readonly isRuleNamed: Query<boolean>
    /** The keys of the VirtualServices with a listener at a port, as in `udp:53`, in order. */
    readonly listenersAt: Query<readonly string[]>
    /** The proxies at an address, the oldest first. */
    readonly proxiesAt: Query<readonly string[]>
    /** Whether the pod of a key is known to be finished. */
    readonly isOver: Query<boolean>
    /** The IP addresses of a pod. */
    readonly addresses: Query<readonly string[]>
    readonly proxy: Query<ProxyRef | undefined>
    /** The keys of all proxies. */
    readonly proxies: Query<readonly string[], []>
    /** Groups of several proxies at one address, the oldest of each first. */
    readonly proxiesSharingAddress: Query<readonly (readonly string[])[], []>
  }

/** The objects of each kind. */
type Collections = { readonly [F in SnapshotField]: Collection<ObjectOf<F>> }

export type Collection<T> = {
  readonly get: Query<T | undefined>
  /** A reader of only this is not recomputed when the object changes. */
  readonly has: Query<boolean>
  /** In the order of the snapshot. */
  readonly keys: Query<readonly string[], []>
}

export type LookupOptions = {
  /** Whether selectors select pods in all namespaces, or only in the namespace of their resource. */
  readonly selectorScope: 'all' | 'namespace'
}

type Outside = { readonly memo: Memo; readonly indexed: () => IndexedSnapshot; readonly changes: Changes }

export function createLookup(outside: Outside, options: LookupOptions): Lookup {
  const { memo, indexed } = outside
  const collections = createCollections(outside)
  const slicesOf = createSlices(outside)
  const rulesOf = groupOf(outside, () => indexed().rules)
  const servicesByList = groupOf(outside, () => indexed().servicesByList)
  const rulesByList = groupOf(outside, () => indexed().rulesByList)
  const servicesByRule = groupOf(outside, () => indexed().servicesByRule)
  const listeners = groupOf(outside, () => indexed().listeners)
  const { get: pod } = collections.pods
  return {
    ...collections,
    slicesOf,
    rulesOf: memo.query<readonly string[]>(list => rulesOf(list).map(([rule]) => rule), sameList),
    isListNamed: memo.query<boolean>(list => servicesByList(list).length + rulesByList(list).length > 0),
    isRuleNamed: memo.query<boolean>(rule => servicesByRule(rule).length > 0),
    listenersAt: memo.query<readonly string[]>(port => sortedKeys(listeners(port)), sameList),
    isOver: memo.query<boolean>(key => {
      const held = pod(key)
      return held !== undefined && isOver(held)
    }),
    addresses: memo.query<readonly string[]>(key => podAddresses(pod(key)), sameList),
    ...createProxies(outside),
    ...createSelections(
      memo,
      {
        pod,
        slicesOf,
        hasService: collections.services.has,
        ready: { group: groupOf(outside, () => indexed().pods), all: itemsOf(outside, () => indexed().pods) },
        others: {
          group: groupOf(outside, () => indexed().otherPods),
          all: itemsOf(outside, () => indexed().otherPods),
        },
      },
      options,
    ),
  }
}

/** A collection for each field of the snapshot. */
function createCollections(outside: Outside): Collections {
  // What is over a field is its entry.
  return byField<Collections>(
    <F extends SnapshotField>(field: F) => collectionOf<ObjectOf<F>>(outside, field) as unknown as Collections[F],
  )
}

function collectionOf<T extends object>({ memo, indexed, changes }: Outside, field: SnapshotField): Collection<T> {
  // The caller's type is that of the field.
  const objects = () => indexed().snapshot[field] as unknown as ByName<T>
  const get = memo.input<T | undefined, ByName<T>>(key => objects().get(key), objects, identical, changedKeys(changes))
  return {
    get,
    has: memo.query<boolean>(key => get(key) !== undefined),
    keys: memo.input<readonly string[], ByName<T>, []>(() => [...objects().keys()], objects, sameList),
  }
}

function createProxies(outside: Outside): Pick<Lookup, 'proxy' | 'proxies' | 'proxiesAt' | 'proxiesSharingAddress'> {
  const { memo, indexed, changes } = outside
  const items = () => indexed().pods.items
  const readyPod = memo.input<Pod | undefined, ByName<Pod>>(
    key => items().get(key),
    items,
    identical,
    changedKeys(changes),
  )
  const listed = () => indexed().proxies
  const proxies = memo.input<readonly string[], readonly string[], []>(listed, listed, sameList)
  const addresses = memo.query<ReadonlyMap<string, readonly string[]>, []>(() => proxiesByAddress(proxies(), readyPod))
  return {
    proxy: memo.query<ProxyRef | undefined>(key => {
      const ready = readyPod(key)
      return ready && proxyOf(key, ready)
    }),
    proxies,
    proxiesAt: memo.query<readonly string[]>(address => addresses().get(plainForm(address) ?? address) ?? [], sameList),
    proxiesSharingAddress: memo.query<readonly (readonly string[])[], []>(() =>
      proxiesSharingAddress(proxies(), readyPod),
    ),
  }
}

/** One group of an index, by its name. */
function groupOf<T>({ memo, changes }: Outside, index: () => Index<T>): Query<readonly Entry<T>[]> {
  return memo.input<readonly Entry<T>[], ByName<object>>(
    name => index().groups.get(name) ?? [],
    () => index().groups,
    sameList,
    changedKeys(changes),
  )
}

function itemsOf<T>({ memo }: Outside, index: () => Index<T>): Query<ByName<T>, []> {
  const items = () => index().items
  return memo.input<ByName<T>, ByName<T>, []>(items, items)
}

function changedKeys(changes: Changes): (now: ByName<object>, before: ByName<object>) => readonly string[] {
  return (now, before) => changes(now, before).map(({ key }) => key)
}

function createSlices(outside: Outside): Lookup['slicesOf'] {
  const slicesOf = groupOf(outside, () => outside.indexed().slices)
  return outside.memo.query<readonly EndpointSlice[]>(
    key =>
      slicesOf(key)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([, slice]) => slice),
    sameList,
  )
}

function sortedKeys(entries: readonly Entry<unknown>[]): readonly string[] {
  return entries.map(([key]) => key).sort()
}
