/**
 * Reuse of what was computed before. Translation is written as plain functions from keys to values, called queries. The
 * memo notes which queries a value was made from; in a later round the value is used again if none of them changed, and
 * where it is made anew and comes out equal, it keeps its identity and nothing that depends on it is touched. Nothing
 * else: without the memo every result would be the same, only later.
 */
import { isDeepStrictEqual } from 'node:util'

export type Query<V> = (key: string) => V
/** True where two values may stand for each other. */
type Same<V> = (a: V, b: V) => boolean

export type Memo = {
  /** `compute` reads nothing that changes but other queries, and they do not lead back to it. */
  query<V>(compute: (key: string, previous: V | undefined) => V, same?: Same<V>): Query<V>
  /** A query that reads from outside of the memo: it is asked anew in each round. */
  input<V>(read: Query<V>, same?: Same<V>): Query<V>
  /** Runs `work` as one round: what is outside does not change meanwhile. Values that it did not ask for are forgotten. */
  round<V>(work: () => V): V
}

const identical: Same<unknown> = (a, b) => a === b
/** For what is made anew only when something changed. */
export const neverSame: Same<unknown> = () => false
export const sameList: Same<readonly unknown[]> = (a, b) => a.length === b.length && a.every((item, i) => item === b[i])
export const sameMap: Same<ReadonlyMap<string, unknown>> = (a, b) =>
  a === b || (a.size === b.size && [...a].every(([key, value]) => b.has(key) && b.get(key) === value))

/** What a cell tells to those that were made from it. */
type Tracked = { refresh(): void; changedAt(): number }
type State = { round: number; reads: Tracked[] | undefined }

export function createMemo(): Memo {
  const state: State = { round: 0, reads: undefined }
  const tables: Map<string, { readonly usedAt: number }>[] = []

  const table = <V>(
    compute: (key: string, previous: V | undefined) => V,
    same: Same<V>,
    external: boolean,
  ): Query<V> => {
    const cells = new Map<string, Cell<V>>()
    tables.push(cells)
    return key => {
      let cell = cells.get(key)
      if (cell === undefined) {
        cell = new Cell(state, previous => compute(key, previous), same, external)
        cells.set(key, cell)
      }
      return cell.read()
    }
  }
  return {
    query: (compute, same = isDeepStrictEqual) => table(compute, same, false),
    input: (read, same = identical) => table(key => read(key), same, true),
    round: work => {
      state.round += 1
      const result = work()
      for (const cells of tables) for (const [key, cell] of cells) if (cell.usedAt !== state.round) cells.delete(key)
      return result
    },
  }
}

class Cell<V> implements Tracked {
  usedAt = 0
  #changedAt = 0
  #value: V | undefined
  #reads: readonly Tracked[] = []
  readonly #state: State
  readonly #compute: (previous: V | undefined) => V
  readonly #same: Same<V>
  readonly #external: boolean

  constructor(state: State, compute: (previous: V | undefined) => V, same: Same<V>, external: boolean) {
    this.#state = state
    this.#compute = compute
    this.#same = same
    this.#external = external
  }

  changedAt(): number {
    return this.#changedAt
  }

  read(): V {
    this.#state.reads?.push(this)
    this.refresh()
    // A refreshed cell has been computed; V itself may include undefined.
    return this.#value as V
  }

  refresh(): void {
    if (this.usedAt === this.#state.round) return
    if (this.usedAt === 0 || this.#external || this.#isStale()) this.#renew()
    this.usedAt = this.#state.round
  }

  #isStale(): boolean {
    return this.#reads.some(read => {
      read.refresh()
      return read.changedAt() > this.usedAt
    })
  }

  #renew(): void {
    const outer = this.#state.reads
    const reads: Tracked[] = []
    this.#state.reads = reads
    try {
      const value = this.#compute(this.#value)
      if (this.usedAt !== 0 && this.#same(value as V, this.#value as V)) return
      this.#value = value
      this.#changedAt = this.#state.round
    } finally {
      this.#reads = reads
      this.#state.reads = outer
    }
  }
}
