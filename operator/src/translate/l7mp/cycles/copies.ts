/**
 * VirtualServices that have the rules of another rulelist (`rulesRef`), followed to the rulelist where these come from. All
 * are followed at once, so that a long chain costs what its length is. Pure.
 */

/** Of a VirtualService with a `rulesRef`. */
export type Copy = {
  /** Whether it would take its rules from itself. */
  readonly isCircular: boolean
  /** The rulelist that it takes its rules from: those that only pass them on are passed over. */
  readonly source: string
}

export type Step = {
  /** The existing rulelist that this one takes its rules from, if any. */
  readonly copied: string | undefined
  /** Whether Rules are inserted into it. */
  readonly hasInserted: boolean
}

export function followCopies(starts: Iterable<string>, step: (list: string) => Step): ReadonlyMap<string, Copy> {
  const copies = new Map<string, Copy>()
  for (const start of starts) {
    const path = pathFrom(start, step, copies)
    const last = path.at(-1)
    const end = last === undefined ? undefined : step(last).copied
    const firstCircular = end === undefined ? -1 : path.indexOf(end)
    for (const [i, list] of [...path.entries()].reverse()) {
      const isCircular = firstCircular >= 0 && i >= firstCircular
      copies.set(list, { isCircular, source: sourceOf(list, step, copies) })
    }
  }
  return copies
}

/** From one list to the next that it copies, until there is none, or one that has been seen. */
function pathFrom(start: string, step: (list: string) => Step, copies: ReadonlyMap<string, Copy>): readonly string[] {
  const path = new Set<string>()
  let list: string | undefined = start
  while (list !== undefined && !path.has(list) && !copies.has(list)) {
    const { copied }: Step = step(list)
    if (copied === undefined) break
    path.add(list)
    list = copied
  }
  return [...path]
}

function sourceOf(list: string, step: (list: string) => Step, copies: ReadonlyMap<string, Copy>): string {
  const copied = step(list).copied ?? list
  const next = copies.get(copied)
  return next === undefined || next.isCircular || step(copied).hasInserted ? copied : next.source
}
