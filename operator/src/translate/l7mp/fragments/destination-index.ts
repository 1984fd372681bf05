/** The destinations of each resource with their endpoints: the source of the endpoint counts in status. */
import type { ResourceKey } from '../../../sources/snapshot.ts'
import type { Destination } from '../../desired.ts'
import type { Memo, Query } from '../../incremental/memo.ts'
import { resourceKey, titleOf } from '../../names.ts'
import { ownRoute, ownRule } from '../build/referenced.ts'
import type { BuiltCluster, BuiltRoute, BuiltRule, ResourceQueries } from '../build/scope.ts'

export type DestinationIndex = {
  readonly ofVirtualService: Query<readonly Destination[]>
  readonly ofTarget: Query<readonly Destination[]>
  readonly ofRule: Query<readonly Destination[]>
  readonly ofRoute: Query<readonly Destination[]>
}

/**
 * Follows rules, the rulelists that they apply, and routes. A Rule that is inserted into a VirtualService has its own
 * destinations, as it has its own objects.
 */
export function createDestinationIndex(memo: Memo, queries: ResourceQueries): DestinationIndex {
  const inList = memo.query<Found>(list => foundInList(list, queries))
  const followed = (start: Found, resource: ResourceKey) => destinationsFrom(start, inList, resource)
  return {
    ofVirtualService: key => followed({ clusters: [], next: [key] }, resourceKey('VirtualService', key)),
    ofTarget: key => {
      const resource = resourceKey('Target', key)
      return followed({ clusters: inCluster(queries.target(key).built, resource), next: [] }, resource)
    },
    ofRule: key => {
      const resource = resourceKey('Rule', key)
      return followed(inRules([ownRule(key, queries).built], resource), resource)
    },
    ofRoute: key => {
      const resource = resourceKey('Route', key)
      return followed({ clusters: inRoute(ownRoute(key, queries).built, resource), next: [] }, resource)
    },
  }
}

/** `holder` is the resource with the field. In `seenFromOutside`, it prefixes the path. */
type FoundCluster = { readonly holder: ResourceKey; readonly path: string; readonly seenFromOutside: Destination }

/** The clusters of one place, and the rulelists that sessions reach from there. */
type Found = { readonly clusters: readonly FoundCluster[]; readonly next: readonly string[] }

/** Limit of the rulelists followed: otherwise each member of a long chain would cost its length. */
const MOST_FOLLOWED = 100

function destinationsFrom(start: Found, inList: Query<Found>, resource: ResourceKey): readonly Destination[] {
  const clusters = [...start.clusters]
  const lists = new Set(start.next)
  let left = MOST_FOLLOWED
  // Iteration includes items that are added meanwhile.
  for (const list of lists) {
    if (left === 0) break
    left -= 1
    const found = inList(list)
    clusters.push(...found.clusters)
    for (const next of found.next) lists.add(next)
  }
  return clusters.map(({ holder, path, seenFromOutside }) =>
    holder === resource ? { ...seenFromOutside, path } : seenFromOutside,
  )
}

function foundInList(list: string, queries: ResourceQueries): Found {
  const { lookup } = queries
  const protocol = queries.protocolOfList(list)
  if (!lookup.virtualServices.has(list)) {
    const rules = lookup.rulesOf(list).filter(rule => selectsPods(rule, queries))
    return joined(
      rules.map(rule => inRules([queries.rule(protocol, rule, undefined).built], resourceKey('Rule', rule))),
    )
  }
  const { rules, rulesRef } = queries.ownRules(protocol, list)
  const found = inRules(rules, resourceKey('VirtualService', list))
  const source = rulesRef === undefined ? undefined : (queries.copy(list)?.source ?? rulesRef)
  return source === undefined ? found : { ...found, next: [...found.next, source] }
}

/** Whether a Rule selects any pod. */
function selectsPods(rule: string, queries: ResourceQueries): boolean {
  const selection = queries.selectionOfRule(rule)
  return selection !== undefined && queries.lookup.selectsAny(selection)
}

/** `holder`: the resource with the rules that are not those of a Rule. */
function inRules(rules: readonly (BuiltRule | undefined)[], holder: ResourceKey): Found {
  return joined(
    rules.map(built => ({
      clusters: inRoute(built?.route, built?.owner ?? holder),
      next: built?.apply === undefined ? [] : [built.apply],
    })),
  )
}

function inRoute(built: BuiltRoute | undefined, holder: ResourceKey): Found['clusters'] {
  return (built?.clusters ?? []).flatMap(cluster => inCluster(cluster, built?.owner ?? holder))
}

function inCluster(built: BuiltCluster | undefined, holder: ResourceKey): Found['clusters'] {
  if (built?.counts === undefined) return []
  const { path = '', named, cluster, counts } = built
  const seenFromOutside = { ...counts, path: `${titleOf(holder)}: ${path}`, named, cluster: cluster.name }
  return [{ holder, path, seenFromOutside }]
}

function joined(found: readonly Found[]): Found {
  return { clusters: found.flatMap(({ clusters }) => clusters), next: found.flatMap(({ next }) => next) }
}
