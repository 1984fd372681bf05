/**
 * Incremental queries, in the manner of Salsa and Adapton. Translation is written as plain functions of their arguments,
 * called queries. The memo records which queries a value was computed from. In a later round the value is reused unless
 * one of them changed (demand-driven), and a value that is recomputed and comes out equal keeps its identity, so that
 * nothing that depends on it is recomputed (early cutoff). Without the memo every result would be the same, only later.
 *
 * A round first reads the inputs. What depends on a changed input is marked as possibly outdated, and only that is
 * checked again when it is asked for: the cost of a round follows the change.
 */
import { isDeepStrictEqual } from 'node:util'
import { Table } from './table.ts'

/** Arguments are told apart by identity: text, and objects that are interned or made by a query. */
export type Query<V, A extends Arguments = [key: string]> = (...args: A) => V
type Arguments = readonly unknown[]
/** True where two values may stand for each other. */
type Same<V> = (a: V, b: V) => boolean

/** The first arguments for which a value may differ between the two. */
type Differing<O> = (now: O, before: O) => Iterable<unknown>

export type Memo = {
  /** `compute` reads nothing that changes but other queries, and they do not lead back to it. */
  query<V, A extends Arguments = [key: string]>(compute: (...args: A) => V, same?: Same<V>): Query<V, A>
  /** The same for a value that is best made by patching the one of before. The result must not depend on that. */
  patched<V, A extends Arguments = [key: string]>(
    compute: (before: V | undefined, ...args: A) => V,
    same?: Same<V>,
  ): Query<V, A>
  /**
   * A query that reads from outside the memo. `outside` gives all that it reads as one value; for this it may ask queries
   * that depend only on inputs made before this one. In a round in which that value is another one than in the last, all
   * that was asked for is read again; or only what `differing` names.
   */
  input<V, O = unknown, A extends Arguments = [key: string]>(
    read: Query<V, A>,
    outside: () => O,
    same?: Same<V>,
    differing?: Differing<O>,
  ): Query<V, A>
  /** Runs `work` as one round: what is outside does not change meanwhile. Values that nothing needs are dropped. */
  round<V>(work: () => V): V
  /** How many values have been computed so far. */
  readonly computed: number
}

export const identical: Same<unknown> = (a, b) => a === b
export const sameList: Same<readonly unknown[]> = (a, b) =>
  a === b || (a.length === b.length && a.every((item, i) => item === b[i]))
export const sameMap: Same<ReadonlyMap<unknown, unknown>> = (a, b) => {
  if (a === b) return true
  if (a.size !== b.size) return false
  for (const [key, value] of a) if (b.get(key) !== value || (value === undefined && !b.has(key))) return false
  return true
}

type State = {
  round: number
  computed: number
  /** The cell that is being computed. */
  reader: Cell | undefined
  readonly inputs: Input[]
  /** What the work of a round itself asked for. */
  readonly roots: Set<Cell>
  /** Cells that lost a reader, and may have none left. */
  readonly loose: Set<Cell>
}

/** Reads again what changed outside. */
type Input = () => void

export function createMemo(): Memo {
  const state: State = { round: 0, computed: 0, reader: undefined, inputs: [], roots: new Set(), loose: new Set() }

  const over = <V, A extends Arguments>(
    compute: (before: V | undefined, ...args: A) => V,
    same: Same<V>,
    table: Table<Cell> = new Table(),
  ): Query<V, A> => {
    // A cell holds values of its own query only, so what is V here is V there.
    const make = (args: A) => (before: unknown) => compute(before as V | undefined, ...args)
    const create = (args: A) => new Cell(state, make(args), same as Same<unknown>, () => table.delete(args))
    return (...args) => table.at(args, create).read() as V
  }
  return {
    query: (compute, same = isDeepStrictEqual) => over((_, ...args) => compute(...args), same),
    patched: (compute, same = isDeepStrictEqual) => over(compute, same),
    input: (read, outside, same = identical, differing = undefined) => {
      const table = new Table<Cell>()
      state.inputs.push(inputOf(table, outside, differing))
      return over((_, ...args) => read(...args), same, table)
    },
    round: work => {
      state.round += 1
      for (const readAgain of state.inputs) readAgain()
      const result = work()
      dropUnneeded(state)
      return result
    },
    get computed() {
      return state.computed
    },
  }
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

function dropUnneeded(state: State): void {
  for (const cell of state.roots)
    if (cell.isRootIn(state.round)) state.loose.delete(cell)
    else {
      state.roots.delete(cell)
      state.loose.add(cell)
    }
  // What is dropped lets go of others, which join the set while it is walked.
  for (const cell of state.loose) {
    state.loose.delete(cell)
    if (!state.roots.has(cell)) cell.dropUnlessNeeded()
  }
}

const NO_CELLS: ReadonlySet<Cell> = new Set()

class Cell {
  readonly #state: State
  readonly #make: (before: unknown) => unknown
  readonly #same: Same<unknown>
  readonly #drop: () => void
  #value: unknown
  #isMade = false
  /** Cells that it was computed from and that may have changed since. */
  #outdated: Set<Cell> | undefined
  #checkedAt = 0
  #changedAt = 0
  #askedByRootAt = 0
  /** The cells that it was computed from, numbered in the order in which they were asked for. */
  #reads = new Map<Cell, number>()
  readonly #readers = new Set<Cell>()

  constructor(state: State, make: (before: unknown) => unknown, same: Same<unknown>, drop: () => void) {
    this.#state = state
    this.#make = make
    this.#same = same
    this.#drop = drop
  }

  read(): unknown {
    const { reader } = this.#state
    if (reader) reader.#note(this)
    else this.#noteRoot()
    this.#refresh()
    return this.#value
  }

  /** For an input, at the beginning of a round: it reads no other cell. */
  readAgain(): void {
    this.#take(this.#compute())
    if (this.#changedAt === this.#state.round) this.#markReaders()
  }

  isRootIn(round: number): boolean {
    return this.#askedByRootAt === round
  }

  dropUnlessNeeded(): void {
    if (this.#readers.size > 0) return
    this.#drop()
    for (const read of this.#reads.keys()) read.#letGo(this)
    this.#reads = new Map()
    this.#isMade = false
  }

  #note(read: Cell): void {
    if (this.#reads.has(read)) return
    this.#reads.set(read, this.#reads.size)
    read.#readers.add(this)
  }

  #noteRoot(): void {
    this.#askedByRootAt = this.#state.round
    this.#state.roots.add(this)
  }

  #letGo(reader: Cell): void {
    this.#readers.delete(reader)
    if (this.#readers.size === 0) this.#state.loose.add(this)
  }

  #refresh(): void {
    if (!this.#isMade) this.#renew()
    else if (this.#outdated !== undefined) {
      if (this.#hasNewReads()) this.#renew()
      this.#checkedAt = this.#state.round
    }
  }

  /** Looks in the order in which they were asked for: what a changed one has led to may not be asked for again. */
  #hasNewReads(): boolean {
    const outdated = [...(this.#outdated ?? NO_CELLS)]
    this.#outdated = undefined
    if (outdated.length > 1) outdated.sort((a, b) => this.#placeOf(a) - this.#placeOf(b))
    return outdated.some(read => {
      read.#refresh()
      return read.#changedAt > this.#checkedAt
    })
  }

  #placeOf(read: Cell): number {
    return this.#reads.get(read) ?? Number.POSITIVE_INFINITY
  }

  #renew(): void {
    const { reader, round } = this.#state
    const before = this.#reads
    this.#reads = new Map()
    this.#outdated = undefined
    this.#state.reader = this
    try {
      this.#take(this.#compute())
    } catch (error) {
      // The value of before is not that of now, for the next reader either.
      this.#isMade = false
      throw error
    } finally {
      this.#state.reader = reader
      this.#checkedAt = round
      for (const read of before.keys()) if (!this.#reads.has(read)) read.#letGo(this)
    }
  }

  #compute(): unknown {
    this.#state.computed += 1
    return this.#make(this.#value)
  }

  #take(value: unknown): void {
    if (this.#isMade && this.#same(value, this.#value)) return
    this.#value = value
    this.#isMade = true
    this.#changedAt = this.#state.round
  }

  /** Tells all that depend on it, directly or not; without recursion, since chains of them can be long. */
  #markReaders(): void {
    const marked: Cell[] = [this]
    for (let read = marked.pop(); read !== undefined; read = marked.pop())
      for (const reader of read.#readers) if (reader.#mark(read)) marked.push(reader)
  }

  /** True where it was not outdated before. */
  #mark(read: Cell): boolean {
    if (this.#outdated !== undefined) {
      this.#outdated.add(read)
      return false
    }
    this.#outdated = new Set([read])
    return true
  }
}
