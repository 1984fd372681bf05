/**
 * What several resources bring to the same proxies, as one. What was made before is patched where its pieces changed:
 * the cost follows the change, and equal objects keep their identity.
 */
import { type Config, EMPTY_CONFIG, type ObjectId } from '@l7mesh/proxy-client'
import type { ResourceKey } from '../../sources/snapshot.ts'
import { Patch } from '../incremental/patch.ts'

/** The objects that must be on the proxy for a resource to be programmed there. */
export type Parts = ReadonlyMap<ResourceKey, readonly ObjectId[]>
export type Filled = { readonly config: Config; readonly parts: Parts }
/** A whole, and what it was made of. */
export type Merged = Filled & { readonly pieces: readonly Filled[] }

const NOTHING: Merged = { config: EMPTY_CONFIG, parts: new Map(), pieces: [] }

/** `before` is patched if it was made of as many pieces; each of them is then compared with the one in its place. */
export function merge(pieces: readonly Filled[], before: Merged | undefined): Merged {
  const whole = before?.pieces.length === pieces.length ? before : NOTHING
  const changes = changesBetween(whole.pieces, pieces)
  const patch = <T extends object>(of: (config: Config) => ReadonlyMap<string, T>) =>
    patched(of(whole.config), changes, ({ config }) => of(config), pieces)
  const config: Config = {
    clusters: patch(({ clusters }) => clusters),
    routes: patch(({ routes }) => routes),
    rules: patch(({ rules }) => rules),
    rulelists: patch(({ rulelists }) => rulelists),
    listeners: patch(({ listeners }) => listeners),
  }
  const parts = patchedParts(whole.parts, changes, pieces)
  return { config: isSameConfig(config, whole.config) ? whole.config : config, parts, pieces }
}

/** True where the two say the same, whatever they were made of. */
export function isSameFilled(a: Filled, b: Filled): boolean {
  return a.config === b.config && a.parts === b.parts
}

type Change = { readonly was: Filled; readonly is: Filled }

function changesBetween(before: readonly Filled[], pieces: readonly Filled[]): readonly Change[] {
  return pieces.flatMap((is, i) => {
    const was = before[i] ?? NOTHING
    return is === was ? [] : [{ was, is }]
  })
}

/** Objects of one kind. A name says what its object is, so of those that several pieces have, any will do. */
function patched<T extends object>(
  whole: ReadonlyMap<string, T>,
  changes: readonly Change[],
  of: (piece: Filled) => ReadonlyMap<string, T>,
  pieces: readonly Filled[],
): ReadonlyMap<string, T> {
  const patch = new Patch(whole)
  for (const change of changes) {
    const [was, is] = [of(change.was), of(change.is)]
    if (was === is) continue
    for (const name of was.keys()) if (!is.has(name) && !pieces.some(piece => of(piece).has(name))) patch.delete(name)
    for (const [name, object] of is) patch.set(name, object)
  }
  return patch.result()
}

function patchedParts(whole: Parts, changes: readonly Change[], pieces: readonly Filled[]): Parts {
  const patch = new Patch(whole)
  for (const owner of ownersIn(changes)) {
    const ids = pieces.map(({ parts }) => parts.get(owner)).reduce(joined, undefined)
    if (ids === undefined) patch.delete(owner)
    else patch.set(owner, ids)
  }
  return patch.result()
}

function ownersIn(changes: readonly Change[]): ReadonlySet<ResourceKey> {
  const owners = new Set<ResourceKey>()
  for (const { was, is } of changes)
    for (const owner of [...was.parts.keys(), ...is.parts.keys()])
      if (was.parts.get(owner) !== is.parts.get(owner)) owners.add(owner)
  return owners
}

type Ids = readonly ObjectId[] | undefined

/** A resource that several refer to has a part in each. */
function joined(some: Ids, others: Ids): Ids {
  if (some === undefined || some === others) return others
  if (others === undefined) return some
  // No two objects of ours have one name, of whatever kinds they are.
  return [...new Map([...some, ...others].map(id => [id.name, id])).values()]
}

function isSameConfig(a: Config, b: Config): boolean {
  return (
    a.clusters === b.clusters &&
    a.routes === b.routes &&
    a.rules === b.rules &&
    a.rulelists === b.rulelists &&
    a.listeners === b.listeners
  )
}
