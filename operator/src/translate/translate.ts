/**
 * Translation: from a snapshot to the desired config of each proxy and the problems of the resources. Pure. A translator
 * caches its results, so that the cost of a round follows the change; it returns the same as a new one would.
 *
 * Its folders, from the bottom; each imports only earlier ones:
 * - `incremental/` reuses earlier results: queries, secondary indexes, patches.
 * - `predicates/` compiles matches.
 * - `lookup/` reads the snapshot: objects by key, pods by selector, the proxies.
 * - `fragment.ts` defines what one resource adds to proxies; a folder for each API makes fragments: `l7mp/`.
 * - `fleet/` puts fragments together: which proxies get which, who gets a socket, one config for each group of proxies.
 */
import type { Snapshot } from '../sources/snapshot.ts'
import type { DesiredFleet } from './desired.ts'
import { createFleet } from './fleet/fleet.ts'
import type { FragmentFactory } from './fragment.ts'
import { createChanges } from './incremental/indexes.ts'
import { createMemo, type Memo } from './incremental/memo.ts'
import type { TranslateOptions } from './l7mp/build/scope.ts'
import { createL7mpFragments } from './l7mp/l7mp.ts'
import { EMPTY_INDEXED_SNAPSHOT, indexSnapshot } from './lookup/indexed-snapshot.ts'
import { createLookup } from './lookup/lookup.ts'

export type { TranslateOptions } from './l7mp/build/scope.ts'
export type Translator = (snapshot: Snapshot) => DesiredFleet

/** The APIs that are translated. */
const FRAGMENTS: readonly FragmentFactory<TranslateOptions>[] = [createL7mpFragments]

/** Without the permissions that an administrator can grant. */
export const DEFAULT_OPTIONS: TranslateOptions = {
  selectorScope: 'all',
  allowControllerDestination: false,
  allowLogFiles: false,
}

/** `memo` counts the computations in tests; each translator needs its own. */
export function createTranslator(options: TranslateOptions = DEFAULT_OPTIONS, memo: Memo = createMemo()): Translator {
  let indexed = EMPTY_INDEXED_SNAPSHOT
  const changes = createChanges()
  const lookup = createLookup({ memo, indexed: () => indexed, changes }, options)
  const kinds = FRAGMENTS.flatMap(create => create(memo, lookup, options))
  const fleet = createFleet(memo, lookup, kinds)
  return snapshot => {
    indexed = indexSnapshot(snapshot, indexed, changes)
    return memo.round(fleet)
  }
}
