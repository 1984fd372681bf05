/**
 * Merges fragments by patching the previous result: the cost follows the change, and equal objects keep their identity.
 */
import { type Config, EMPTY_CONFIG, type ObjectId } from '@l7mesh/proxy-client'
import type { ResourceKey } from '../../sources/snapshot.ts'
import type { Fragment, Parts } from '../fragment.ts'
import { Patch } from '../incremental/patch.ts'

export type Brought = Pick<Fragment, 'config' | 'parts'>
/** The result and the input of a merge. */
export type Merged = Brought & { readonly fragments: readonly Brought[] }

const EMPTY_MERGE: Merged = { config: EMPTY_CONFIG, parts: new Map(), fragments: [] }

/** Patches `before` if it has as many fragments, which are then compared by their position. */
export function merge(fragments: readonly Brought[], before: Merged | undefined): Merged {
  const whole = before?.fragments.length === fragments.length ? before : EMPTY_MERGE
  const changes = changesBetween(whole.fragments, fragments)
  const patch = <T extends object>(of: (config: Config) => ReadonlyMap<string, T>) =>
    patched(of(whole.config), changes, ({ config }) => of(config), fragments)
  const config: Config = {
    clusters: patch(({ clusters }) => clusters),
    routes: patch(({ routes }) => routes),
    rules: patch(({ rules }) => rules),
    rulelists: patch(({ rulelists }) => rulelists),
    listeners: patch(({ listeners }) => listeners),
  }
  const parts = patchedParts(whole.parts, changes, fragments)
  return { config: isSameConfig(config, whole.config) ? whole.config : config, parts, fragments }
}

/** Whether the results are equal, whatever their fragments. */
export function isSameMerged(a: Brought, b: Brought): boolean {
  return a.config === b.config && a.parts === b.parts
}

type Change = { readonly was: Brought; readonly is: Brought }

function changesBetween(before: readonly Brought[], fragments: readonly Brought[]): readonly Change[] {
  return fragments.flatMap((is, i) => {
    const was = before[i] ?? EMPTY_MERGE
    return is === was ? [] : [{ was, is }]
  })
}

/** Objects of one kind. Objects of one name are equal, so any of several fragments will do. */
function patched<T extends object>(
  whole: ReadonlyMap<string, T>,
  changes: readonly Change[],
  of: (fragment: Brought) => ReadonlyMap<string, T>,
  fragments: readonly Brought[],
): ReadonlyMap<string, T> {
  const patch = new Patch(whole)
  for (const change of changes) {
    const [was, is] = [of(change.was), of(change.is)]
    if (was === is) continue
    for (const name of was.keys())
      if (!is.has(name) && !fragments.some(fragment => of(fragment).has(name))) patch.delete(name)
    for (const [name, object] of is) patch.set(name, object)
  }
  return patch.result()
}

function patchedParts(whole: Parts, changes: readonly Change[], fragments: readonly Brought[]): Parts {
  const patch = new Patch(whole)
  for (const owner of ownersIn(changes)) {
    const ids = fragments.map(({ parts }) => parts.get(owner)).reduce(joined, undefined)
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

/** A resource that several fragments refer to has a part in each. */
function joined(some: Ids, others: Ids): Ids {
  if (some === undefined || some === others) return others
  if (others === undefined) return some
  // Names are unique across the kinds of objects.
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
