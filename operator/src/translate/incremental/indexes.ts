/** Things in groups, so that a question costs what its answer is; they are kept by what changes, and not made anew. */
import type { ByName } from '../../sources/snapshot.ts'
import { Patch } from './patch.ts'

export type Entry<T> = readonly [key: string, item: T]
/** Things by name, and in the groups that they belong to. A group that nothing entered or left keeps its identity. */
export type Index<T> = { readonly items: ByName<T>; readonly groups: ReadonlyMap<string, readonly Entry<T>[]> }

export const NO_INDEX: Index<never> = { items: new Map<string, never>(), groups: new Map() }

/** The index of `items`, made of that of `before`. The order within a group means nothing. */
export function reindex<T extends object>(
  items: ByName<T>,
  before: Index<T>,
  groupsOf: (item: T) => readonly string[],
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

/** What one map has and the other has not, or has another of. Several ask for the same two maps, which are looked at once. */
export function changes<T>(now: ByName<T>, before: ByName<T>): readonly Change<T>[] {
  if (now === before) return []
  const last = found.get(now)
  // It was made from these two maps, which hold nothing but T.
  if (last?.before === before) return last.changes as readonly Change<T>[]
  const all = differences(now, before)
  found.set(now, { before, changes: all })
  return all
}

const found = new WeakMap<object, { readonly before: object; readonly changes: readonly Change<unknown>[] }>()

function differences<T>(now: ByName<T>, before: ByName<T>): readonly Change<T>[] {
  const all: Change<T>[] = []
  for (const [key, is] of now) {
    const was = before.get(key)
    if (was !== is) all.push({ key, was, is })
  }
  const added = all.reduce((count, { was }) => count + Number(was === undefined), 0)
  if (before.size + added > now.size)
    for (const [key, was] of before) if (!now.has(key)) all.push({ key, was, is: undefined })
  return all
}

/** Who leaves which group, and who enters it. */
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
      else patch.set(group, [...stay, ...entered])
    }
    return patch.result()
  }
}
