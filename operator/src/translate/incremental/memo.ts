/**
 * Reuse of what was computed before. Translation is written as plain functions from keys to values, called queries. The
 * memo notes which queries a value was made from; in a later round the value is used again if none of them changed, and
 * where it is made anew and comes out equal, it keeps its identity and nothing that depends on it is touched. Nothing
 * else: without the memo every result would be the same, only later.
 *
 * A round first looks at what is outside. What changed there puts in doubt all that was made from it, and only that is
 * looked into again: the cost of a round follows the change.
 */
import { isDeepStrictEqual } from 'node:util'

export type Query<V> = (key: string) => V
/** True where two values may stand for each other. */
type Same<V> = (a: V, b: V) => boolean

type Differing<O> = (now: O, before: O) => Iterable<string>

export type Memo = {
  /** `compute` reads nothing that changes but other queries, and they do not lead back to it. */
  query<V>(compute: (key: string, previous: V | undefined) => V, same?: Same<V>): Query<V>
  /**
   * A query that reads from outside of the memo. `outside` gives all that it reads as one value; for this it may ask
   * queries that read of no other inputs than those made before this one. In a round in which that is another than in the
   * last one, whatever was asked for is read anew; or only what `differing` names, which gives the keys whose values may
   * differ between the two.
   */
  input<V, O = unknown>(read: Query<V>, outside: () => O, same?: Same<V>, differing?: Differing<O>): Query<V>
  /** Runs `work` as one round: what is outside does not change meanwhile. Values that nobody needs are forgotten. */
  round<V>(work: () => V): V
}

export const identical: Same<unknown> = (a, b) => a === b
export const sameList: Same<readonly unknown[]> = (a, b) => a.length === b.length && a.every((item, i) => item === b[i])
export const sameMap: Same<ReadonlyMap<string, unknown>> = (a, b) =>
  a === b || (a.size === b.size && [...a].every(([key, value]) => b.has(key) && b.get(key) === value))

type State = {
  round: number
  /** Who is being computed. */
  reader: Cell | undefined
  readonly inputs: Input[]
  /** What the work of a round itself asked for. */
  readonly roots: Set<Cell>
  /** What was asked for by something that asks for it no more. */
  readonly loose: Set<Cell>
}

/** Looks again at what changed outside. */
type Input = () => void

export function createMemo(): Memo {
  const state: State = { round: 0, reader: undefined, inputs: [], roots: new Set(), loose: new Set() }

  const table = <V>(
    compute: (key: string, previous: V | undefined) => V,
    same: Same<V>,
    cells: Map<string, Cell> = new Map(),
  ): Query<V> => {
    return key => {
      let cell = cells.get(key)
      if (cell === undefined) {
        // A cell holds values of its own table only, so what is V here is V there.
        const make = (previous: unknown) => compute(key, previous as V | undefined)
        cell = new Cell(state, make, same as Same<unknown>, () => cells.delete(key))
        cells.set(key, cell)
      }
      return cell.read() as V
    }
  }
  return {
    query: (compute, same = isDeepStrictEqual) => table(compute, same),
    input: (read, outside, same = identical, differing = undefined) => {
      const cells = new Map<string, Cell>()
      state.inputs.push(inputOf(cells, outside, differing))
      return table(key => read(key), same, cells)
    },
    round: work => {
      state.round += 1
      for (const lookAgain of state.inputs) lookAgain()
      const result = work()
      forget(state)
      return result
    },
  }
}

function inputOf<O>(cells: ReadonlyMap<string, Cell>, outside: () => O, differing: Differing<O> | undefined): Input {
  let seen: { readonly outside: O } | undefined
  return () => {
    const now = outside()
    const before = seen
    if (before?.outside === now) return
    seen = { outside: now }
    if (before && differing) for (const key of differing(now, before.outside)) cells.get(key)?.lookAgain()
    else for (const cell of cells.values()) cell.lookAgain()
  }
}

function forget(state: State): void {
  for (const cell of state.roots)
    if (cell.isRootIn(state.round)) state.loose.delete(cell)
    else {
      state.roots.delete(cell)
      state.loose.add(cell)
    }
  // What is dropped lets go of others, which join the set while it is gone through.
  for (const cell of state.loose) {
    state.loose.delete(cell)
    if (!state.roots.has(cell)) cell.dropUnlessNeeded()
  }
}

class Cell {
  readonly #state: State
  readonly #make: (previous: unknown) => unknown
  readonly #same: Same<unknown>
  readonly #drop: () => void
  #value: unknown
  #isMade = false
  /** What it was made from and may have changed since. */
  readonly #inDoubt = new Set<Cell>()
  #checkedAt = 0
  #changedAt = 0
  #askedByRootAt = 0
  /** What it was made from, numbered in the order in which it was asked for. */
  #reads = new Map<Cell, number>()
  readonly #readers = new Set<Cell>()

  constructor(state: State, make: (previous: unknown) => unknown, same: Same<unknown>, drop: () => void) {
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

  /** For an input, at the beginning of a round: it reads no other. */
  lookAgain(): void {
    this.#take(this.#make(this.#value))
    if (this.#changedAt === this.#state.round) for (const reader of this.#readers) reader.#doubt(this)
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
    else if (this.#inDoubt.size > 0) {
      if (this.#hasNewReads()) this.#renew()
      this.#checkedAt = this.#state.round
    }
  }

  /** Looks in the order in which they were asked for: what a changed one has led to may not be asked for again. */
  #hasNewReads(): boolean {
    const doubtful = [...this.#inDoubt]
    this.#inDoubt.clear()
    if (doubtful.length > 1) doubtful.sort((a, b) => this.#placeOf(a) - this.#placeOf(b))
    return doubtful.some(read => {
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
    this.#inDoubt.clear()
    this.#state.reader = this
    try {
      this.#take(this.#make(this.#value))
    } catch (error) {
      // The value of before is not that of now, for the next who asks either.
      this.#isMade = false
      throw error
    } finally {
      this.#state.reader = reader
      this.#checkedAt = round
      for (const read of before.keys()) if (!this.#reads.has(read)) read.#letGo(this)
    }
  }

  #take(value: unknown): void {
    if (this.#isMade && this.#same(value, this.#value)) return
    this.#value = value
    this.#isMade = true
    this.#changedAt = this.#state.round
  }

  #doubt(read: Cell): void {
    const isNews = this.#inDoubt.size === 0
    this.#inDoubt.add(read)
    if (isNews) for (const reader of this.#readers) reader.#doubt(this)
  }
}
