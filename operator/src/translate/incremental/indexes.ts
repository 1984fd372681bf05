/** Secondary indexes, updated incrementally; a lookup costs O(result). */
import type { ByName } from '../../sources/snapshot.ts'
import { Patch } from './patch.ts'

export type Entry<T> = readonly [key: string, item: T]
/** Items by name, and by group. A group without changes keeps its identity. */
export type Index<T> = { readonly items: ByName<T>; readonly groups: ReadonlyMap<string, readonly Entry<T>[]> }

export const NO_INDEX: Index<never> = { items: new Map<string, never>(), groups: new Map() }

/** The index of `items`, patched from that of `before`. The order within a group is undefined. */
export function reindex<T extends object>(
  items: ByName<T>,
  before: Index<T>,
  groupsOf: (item: T) => readonly string[],
  changes: Changes,
): Index<T> {
  if (items === before.items) return before
  const moves = new Moves<T>()
  for (const { key, was, is } of changes(items, before.items)) {
    if (was !== undefined) for (const group of groupsOf(was)) moves.of(group).left.add(key)
    if (is !== undefined) for (const group of groupsOf(is)) moves.of(group).entered.push([key, is])
  }
  return { items, groups: moves.applied(before.groups) }
}

type Change<T> = { readonly key: string; readonly was: T | undefined; readonly is: T | undefined }

/** The entries in which two maps differ. */
export type Changes = <T>(now: ByName<T>, before: ByName<T>) => readonly Change<T>[]

/** Caches the last result for each map, because several callers compare the same two. */
export function createChanges(): Changes {
  const known = new WeakMap<object, { readonly before: object; readonly changes: readonly Change<unknown>[] }>()
  return <T>(now: ByName<T>, before: ByName<T>) => {
    const last = known.get(now)
    // It was computed from these two maps, whose values are of type T.
    if (last?.before === before) return last.changes as readonly Change<T>[]
    const all = differences(now, before)
    known.set(now, { before, changes: all })
    return all
  }
}

export function differences<T>(now: ByName<T>, before: ByName<T>): readonly Change<T>[] {
  if (now === before) return []
  const all: Change<T>[] = []
  let added = 0
  for (const [key, is] of now) {
    const was = before.get(key)
    if (was === undefined) added += 1
    if (was !== is) all.push({ key, was, is })
  }
  if (before.size + added > now.size)
    for (const [key, was] of before) if (!now.has(key)) all.push({ key, was, is: undefined })
  return all
}

export function changedKeys(now: ByName<unknown>, before: ByName<unknown>): readonly string[] {
  return differences(now, before).map(({ key }) => key)
}

/** Which items leave a group, and which enter it. */
class Moves<T extends object> {
  readonly #byGroup = new Map<string, { readonly left: Set<string>; readonly entered: Entry<T>[] }>()

  of(group: string) {
    const known = this.#byGroup.get(group)
    if (known !== undefined) return known
    const none = { left: new Set<string>(), entered: [] }
    this.#byGroup.set(group, none)
    return none
  }

  applied(groups: Index<T>['groups']): Index<T>['groups'] {
    const patch = new Patch(groups)
    for (const [group, { left, entered }] of this.#byGroup) {
      const stay = (groups.get(group) ?? []).filter(([key]) => !left.has(key))
      if (stay.length + entered.length === 0) patch.delete(group)
      else patch.replace(group, [...stay, ...entered])
    }
    return patch.result()
  }
}
