/**
 * Translation: from a snapshot to what each proxy should hold, and what is wrong with the resources. Pure; a translator
 * remembers what it made before so that a round costs what has changed, and gives the same as a new one would.
 *
 * The parts, from the bottom: `references`, `selectors`, `matches`, `rewrites`, `endpoints` read single fields;
 * `clusters`, `routes`, `rules`, `listeners` make objects of a proxy; `targets`, `services`, `virtual-services` know the
 * resources, and `mesh` gives each by its key; `seats`, `neighbours`,
 * `sequences`, `filling`, `conflicts`, `merge` and `groups` put together what proxies hold.
 */
import type { Snapshot } from '../sources/snapshot.ts'
import type { DesiredFleet, DesiredProxy, Problem } from './desired.ts'
import { createGroups } from './fleet/groups.ts'
import { createSeats } from './fleet/signatures.ts'
import { createVerdicts } from './fleet/verdicts.ts'
import { createMemo, identical, type Memo, sameMap } from './incremental/memo.ts'
import { createDemands } from './l7mp/destination-index.ts'
import { createMesh, type WholeMesh } from './l7mp/resource-queries.ts'
import type { TranslateOptions } from './l7mp/scope.ts'
import { EMPTY_VIEW, look } from './lookup/indexed-snapshot.ts'
import { createWorld } from './lookup/lookup.ts'

export type { TranslateOptions } from './l7mp/scope.ts'
export type Translator = (snapshot: Snapshot) => DesiredFleet

/** Nothing that an operator does not have to allow is allowed. */
export const DEFAULT_OPTIONS: TranslateOptions = {
  selectorScope: 'all',
  allowControllerDestination: false,
  allowLogFiles: false,
}

export function createTranslator(options: TranslateOptions = DEFAULT_OPTIONS): Translator {
  let view = EMPTY_VIEW
  const memo = createMemo()
  const world = createWorld(memo, () => view, options)
  const mesh = createMesh(memo, world, options)
  const fleet = createFleet(memo, mesh)
  return snapshot => {
    view = look(snapshot, view)
    return memo.round(fleet)
  }
}

function createFleet(memo: Memo, mesh: WholeMesh): () => DesiredFleet {
  const { world } = mesh
  const seats = createSeats(memo, mesh)
  const signature = memo.query<string>(key => seats('').signatures.get(key) ?? '', identical)
  /** Signature → the first of the proxies that have it. */
  const firsts = memo.query<ReadonlyMap<string, string>>(
    () => new Map([...seats('').signatures].reverse().map(([proxy, text]) => [text, proxy])),
    sameMap,
  )
  const group = createGroups(memo, mesh, signature)
  const desired = memo.query<DesiredProxy | undefined>(key => {
    const proxy = world.proxy(key)
    const { config, parts } = group(firsts('').get(signature(key)) ?? key)
    return proxy && { proxy, config, parts }
  }, sameDesired)
  const conflicts = memo.query<ReadonlyMap<string, Problem>>(
    () => new Map([...seats('').conflicts, ...[...firsts('').values()].flatMap(first => [...group(first).conflicts])]),
  )
  const verdicts = createVerdicts(memo, mesh, conflicts)
  const destinations = createDemands(memo, mesh)
  const proxies = memo.query<DesiredFleet['proxies']>(
    () => new Map(world.proxies().flatMap(key => entry(key, desired(key)))),
    sameMap,
  )
  return () => ({ proxies: proxies(''), verdicts: verdicts(''), destinations: destinations('') })
}

function sameDesired(a: DesiredProxy | undefined, b: DesiredProxy | undefined): boolean {
  return a?.proxy === b?.proxy && a?.config === b?.config && a?.parts === b?.parts
}

function entry<T>(key: string, value: T | undefined): readonly (readonly [string, T])[] {
  return value === undefined ? [] : [[key, value]]
}
