/** A table by lists of arguments, each compared by identity: nested maps, one level for each argument. */
export class Table<T extends object> {
  /** The entries of a single argument, as most are. */
  readonly #single = new Map<unknown, T>()
  readonly #root: Branch<T> = {}

  /** The entry of these arguments, created if missing. */
  at<A extends readonly unknown[]>(args: A, create: (args: A) => T): T {
    if (args.length === 1) return this.#atOne(args, create)
    let branch = this.#root
    for (const arg of args) {
      branch.next ??= new Map()
      let next = branch.next.get(arg)
      if (next === undefined) {
        next = {}
        branch.next.set(arg, next)
      }
      branch = next
    }
    branch.entry ??= create(args)
    return branch.entry
  }

  #atOne<A extends readonly unknown[]>(args: A, create: (args: A) => T): T {
    const known = this.#single.get(args[0])
    if (known !== undefined) return known
    const entry = create(args)
    this.#single.set(args[0], entry)
    return entry
  }

  find(args: readonly unknown[]): T | undefined {
    if (args.length === 1) return this.#single.get(args[0])
    let branch: Branch<T> | undefined = this.#root
    for (const arg of args) branch = branch?.next?.get(arg)
    return branch?.entry
  }

  delete(args: readonly unknown[]): void {
    if (args.length === 1) {
      this.#single.delete(args[0])
      return
    }
    const path = [this.#root]
    for (const arg of args) {
      const next = path.at(-1)?.next?.get(arg)
      if (next === undefined) return
      path.push(next)
    }
    const end = path.at(-1)
    if (end !== undefined) end.entry = undefined
    // Empty branches are removed too.
    for (let i = args.length - 1; i >= 0; i--) {
      const [above, below] = [path[i], path[i + 1]]
      if (below?.entry !== undefined || (below?.next?.size ?? 0) > 0) return
      above?.next?.delete(args[i])
    }
  }

  *values(): Iterable<T> {
    yield* this.#single.values()
    const branches = [this.#root]
    for (let branch = branches.pop(); branch !== undefined; branch = branches.pop()) {
      if (branch.entry !== undefined) yield branch.entry
      for (const next of branch.next?.values() ?? []) branches.push(next)
    }
  }
}

type Branch<T> = { entry?: T | undefined; next?: Map<unknown, Branch<T>> }
