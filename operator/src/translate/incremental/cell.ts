/** Cached values of queries, with their dependencies: the part of a memo that decides when to recompute. */

/** The shared state of the cells of a memo. */
export type Cells = {
  round: number
  computed: number
  reads: number
  /** The cell that is being computed. */
  reader: Cell | undefined
  /** Cells that the work of a round read directly. */
  readonly roots: Set<Cell>
  /** Cells that lost a reader and may have no other. */
  readonly loose: Set<Cell>
}

export type Same = (a: unknown, b: unknown) => boolean

const NO_CELLS: ReadonlySet<Cell> = new Set()

/** One value of a query. */
export class Cell {
  readonly #cells: Cells
  readonly #make: (before: unknown) => unknown
  readonly #same: Same
  readonly #drop: () => void
  #value: unknown
  #isMade = false
  /** Cells that it was computed from and that may have changed since. */
  #outdated: Set<Cell> | undefined
  #checkedAt = 0
  #changedAt = 0
  #readByRootAt = 0
  /** The cells that it was computed from, numbered in the order of the reads. */
  #reads: Map<Cell, number> | undefined
  readonly #readers = new Set<Cell>()

  constructor(cells: Cells, make: (before: unknown) => unknown, same: Same, drop: () => void) {
    this.#cells = cells
    this.#make = make
    this.#same = same
    this.#drop = drop
  }

  read(): unknown {
    this.#cells.reads += 1
    const { reader } = this.#cells
    if (reader) reader.#note(this)
    else this.#noteRoot()
    this.#refresh()
    return this.#value
  }

  /** For an input, at the beginning of a round: it reads no other cell. */
  readAgain(): void {
    this.#take(this.#compute())
    if (this.#changedAt === this.#cells.round) this.#markReaders()
  }

  isRootIn(round: number): boolean {
    return this.#readByRootAt === round
  }

  dropUnlessNeeded(): void {
    if (this.#readers.size > 0) return
    this.#drop()
    for (const read of this.#reads?.keys() ?? []) read.#letGo(this)
    this.#reads = undefined
    this.#isMade = false
  }

  #note(read: Cell): void {
    this.#reads ??= new Map()
    if (this.#reads.has(read)) return
    this.#reads.set(read, this.#reads.size)
    read.#readers.add(this)
  }

  #noteRoot(): void {
    this.#readByRootAt = this.#cells.round
    this.#cells.roots.add(this)
  }

  #letGo(reader: Cell): void {
    this.#readers.delete(reader)
    if (this.#readers.size === 0) this.#cells.loose.add(this)
  }

  #refresh(): void {
    if (!this.#isMade) this.#renew()
    else if (this.#outdated !== undefined) {
      if (this.#hasNewReads()) this.#renew()
      this.#checkedAt = this.#cells.round
    }
  }

  /** In the order of the reads: reads after a changed one may not be repeated. */
  #hasNewReads(): boolean {
    const outdated = [...(this.#outdated ?? NO_CELLS)]
    this.#outdated = undefined
    if (outdated.length > 1) outdated.sort((a, b) => this.#placeOf(a) - this.#placeOf(b))
    return outdated.some(read => {
      read.#refresh()
      return read.#changedAt > this.#checkedAt
    })
  }

  #wasRead(read: Cell): boolean {
    return this.#reads?.has(read) ?? false
  }

  #placeOf(read: Cell): number {
    return this.#reads?.get(read) ?? Number.POSITIVE_INFINITY
  }

  #renew(): void {
    const { reader, round } = this.#cells
    const before = this.#reads
    this.#reads = undefined
    this.#outdated = undefined
    this.#cells.reader = this
    try {
      this.#take(this.#compute())
    } catch (error) {
      // The previous value is outdated, for the next reader too.
      this.#isMade = false
      throw error
    } finally {
      this.#cells.reader = reader
      this.#checkedAt = round
      for (const read of before?.keys() ?? []) if (!this.#wasRead(read)) read.#letGo(this)
    }
  }

  #compute(): unknown {
    this.#cells.computed += 1
    return this.#make(this.#value)
  }

  #take(value: unknown): void {
    if (this.#isMade && this.#same(value, this.#value)) return
    this.#value = value
    this.#isMade = true
    this.#changedAt = this.#cells.round
  }

  /** Marks all dependents, direct or not; without recursion, because chains can be long. */
  #markReaders(): void {
    const marked: Cell[] = [this]
    for (let read = marked.pop(); read !== undefined; read = marked.pop())
      for (const reader of read.#readers) if (reader.#mark(read)) marked.push(reader)
  }

  /** True if it was not outdated before. */
  #mark(read: Cell): boolean {
    if (this.#outdated !== undefined) {
      this.#outdated.add(read)
      return false
    }
    this.#outdated = new Set([read])
    return true
  }
}

/** At the end of a round. */
export function dropUnneeded(cells: Cells): void {
  for (const cell of cells.roots)
    if (cell.isRootIn(cells.round)) cells.loose.delete(cell)
    else {
      cells.roots.delete(cell)
      cells.loose.add(cell)
    }
  // A dropped cell releases others, which join the set during the iteration.
  for (const cell of cells.loose) {
    cells.loose.delete(cell)
    if (!cells.roots.has(cell)) cell.dropUnlessNeeded()
  }
}
