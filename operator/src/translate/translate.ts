/**
 * Translation: from a snapshot to what each proxy should hold, and what is wrong with the resources. Pure; a translator
 * remembers what it made before so that a round costs what has changed, and gives the same as a new one would.
 *
 * The parts, from the bottom; each imports only what stands before it:
 * - `incremental/` reuses what was computed before: queries, secondary indexes, patches.
 * - `predicates/` compiles matches.
 * - `lookup/` reads the snapshot: objects by key, pods by selector, the proxies.
 * - `fragment.ts` is what one resource brings to proxies; a folder for each API makes them: `l7mp/`.
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

/** Nothing that an operator does not have to allow is allowed. */
export const DEFAULT_OPTIONS: TranslateOptions = {
  selectorScope: 'all',
  allowControllerDestination: false,
  allowLogFiles: false,
}

/** `memo` shows what is computed; a translator has one of its own. */
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
