/**
 * Incremental queries, in the manner of Salsa and Adapton. Translation is written as plain functions of their arguments,
 * called queries. The memo records which queries a value was computed from. In a later round the value is reused unless
 * one of them changed (demand-driven), and a value that is recomputed and comes out equal keeps its identity, so that
 * nothing that depends on it is recomputed (early cutoff). The memo affects only the cost, never the results.
 *
 * A round first reads the inputs. What depends on a changed input is marked as possibly outdated, and only that is
 * checked again when it is read: the cost of a round follows the change.
 */
import { isDeepStrictEqual } from 'node:util'
import { Cell, type Cells, dropUnneeded } from './cell.ts'
import { Table } from './table.ts'

/**
 * Arguments are compared by identity: strings, and objects that are interned or results of a query. A query takes as many
 * as its function declares, at most three, so that it can be passed to `map` and the like.
 */
export type Query<V, A extends Arguments = [key: string]> = (...args: A) => V
type Arguments = readonly unknown[]
/** Whether two values are interchangeable. */
type Same<V> = (a: V, b: V) => boolean

/** The first arguments for which a value may differ between the two. */
type Differing<O> = (now: O, before: O) => Iterable<unknown>

export type Memo = {
  /** The only changing values that `compute` reads are other queries, which do not read this one. */
  query<V, A extends Arguments = [key: string]>(compute: (...args: A) => V, same?: Same<V>): Query<V, A>
  /** A query that patches its previous value. The result must not depend on that value. */
  patched<V, A extends Arguments = [key: string]>(
    compute: (before: V | undefined, ...args: A) => V,
    same?: Same<V>,
  ): Query<V, A>
  /** Returns one list for all that have the same items, for use as an argument of queries. */
  lists<T>(): Query<readonly T[], [readonly T[]]>
  /**
   * A query that reads from outside the memo. `outside` returns all that it reads as one value; it may read queries that
   * depend only on inputs created before this one. In a round in which that value differs from the last, all cached values
   * are read again, or only those that `differing` names.
   */
  input<V, O = unknown, A extends Arguments = [key: string]>(
    read: Query<V, A>,
    outside: () => O,
    same?: Same<V>,
    differing?: Differing<O>,
  ): Query<V, A>
  /** Runs `work` as one round, during which inputs do not change. Values without readers are dropped. */
  round<V>(work: () => V): V
  /** The cost so far. */
  cost(): Cost
}

/** The number of computed and of read values: the cost of a round, apart from the work within a query. */
export type Cost = { readonly computed: number; readonly reads: number }

export const identical: Same<unknown> = (a, b) => a === b
export const sameList: Same<readonly unknown[]> = (a, b) =>
  a === b || (a.length === b.length && a.every((item, i) => item === b[i]))
export const sameMap: Same<ReadonlyMap<unknown, unknown>> = (a, b) => {
  if (a === b) return true
  if (a.size !== b.size) return false
  for (const [key, value] of a) if (b.get(key) !== value || (value === undefined && !b.has(key))) return false
  return true
}

/** Reads changed values again. */
type Input = () => void

export function createMemo(): Memo {
  const cells: Cells = { round: 0, computed: 0, reads: 0, reader: undefined, roots: new Set(), loose: new Set() }
  const inputs: Input[] = []

  const over = <V, A extends Arguments>(
    compute: (before: V | undefined, ...args: A) => V,
    arity: number,
    same: Same<V>,
    table: Table<Cell> = new Table(),
  ): Query<V, A> => {
    const create = (args: Arguments) => {
      // A cell holds values of its own query only, and its arguments are those that the query was called with.
      const make = (before: unknown) => compute(before as V | undefined, ...(args as unknown as A))
      return new Cell(cells, make, same as Same<unknown>, () => table.delete(args))
    }
    return withArity(arity, args => table.at(args, create).read() as V)
  }
  return {
    query: (compute, same = isDeepStrictEqual) => over((_, ...args) => compute(...args), compute.length, same),
    patched: (compute, same = isDeepStrictEqual) => over(compute, compute.length - 1, same),
    lists: <T>(): Query<readonly T[], [readonly T[]]> => {
      const table = new Table<Cell>()
      const create = (items: Arguments) =>
        new Cell(
          cells,
          () => items,
          identical,
          () => table.delete(items),
        )
      // The value of each cell is the list of its arguments.
      return (items: readonly T[]) => table.at(items, create).read() as readonly T[]
    },
    input: (read, outside, same = identical, differing = undefined) => {
      const table = new Table<Cell>()
      inputs.push(inputOf(table, outside, differing))
      return over((_, ...args) => read(...args), read.length, same, table)
    },
    round: work => {
      cells.round += 1
      for (const readAgain of inputs) readAgain()
      const result = work()
      dropUnneeded(cells)
      return result
    },
    cost: () => ({ computed: cells.computed, reads: cells.reads }),
  }
}

/** A function that declares `arity` parameters. */
function withArity<V, A extends Arguments>(arity: number, call: (args: Arguments) => V): Query<V, A> {
  const byArity: readonly ((...args: Arguments) => V)[] = [
    () => call([]),
    (a: unknown) => call([a]),
    (a: unknown, b: unknown) => call([a, b]),
    (a: unknown, b: unknown, c: unknown) => call([a, b, c]),
  ]
  const query = byArity[arity]
  if (query === undefined) throw new RangeError(`a query of ${arity} arguments`)
  return query
}

function inputOf<O>(table: Table<Cell>, outside: () => O, differing: Differing<O> | undefined): Input {
  let seen: { readonly outside: O } | undefined
  return () => {
    const now = outside()
    const before = seen
    if (before?.outside === now) return
    seen = { outside: now }
    if (before && differing) for (const key of differing(now, before.outside)) table.find([key])?.readAgain()
    else for (const cell of table.values()) cell.readAgain()
  }
}
