/** Resources by the selection of their pods. */
import type { ResourceKey } from '../../sources/snapshot.ts'
import type { ResourceFragments } from '../fragment.ts'
import { identical, type Memo, type Query, sameList } from '../incremental/memo.ts'
import type { Selection } from '../lookup/selections.ts'
import { resourceKey } from '../names.ts'

/** Interned. */
export type Resource = { readonly id: ResourceKey; readonly key: string; readonly fragments: ResourceFragments }

export type Placement = {
  /** All selections of resources. */
  readonly selections: Query<readonly Selection[], []>
  readonly resourcesOf: Query<readonly Resource[], [Selection]>
}

export function createPlacement(memo: Memo, kinds: readonly ResourceFragments[]): Placement {
  const resource = memo.query<Resource, [ResourceFragments, string]>((fragments, key) => {
    const id = resourceKey(fragments.kind, key)
    return { id, key, fragments }
  }, sameResource)
  const bySelection = memo.query<ReadonlyMap<Selection, readonly Resource[]>, []>(() => {
    const all = new Map<Selection, Resource[]>()
    for (const { fragments, key, selection } of kinds.flatMap(placed)) {
      const together = all.get(selection) ?? []
      together.push(resource(fragments, key))
      all.set(selection, together)
    }
    return all
  }, identical)
  return {
    selections: memo.query<readonly Selection[], []>(() => [...bySelection().keys()], sameList),
    resourcesOf: memo.query<readonly Resource[], [Selection]>(
      selection => bySelection().get(selection) ?? [],
      sameList,
    ),
  }
}

/** The resources of a kind that select pods. */
function placed(fragments: ResourceFragments) {
  return fragments.keys().flatMap(key => {
    const selection = fragments.selection(key)
    return selection === undefined ? [] : [{ fragments, key, selection }]
  })
}

function sameResource(a: Resource, b: Resource): boolean {
  return a.id === b.id
}
