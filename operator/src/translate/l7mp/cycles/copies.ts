/**
 * VirtualServices with a `rulesRef`, followed to the rulelist that their rules come from. All are followed at once, so that
 * the cost of a chain is linear in its length. Pure.
 */

/** Of a VirtualService with a `rulesRef`. */
export type Copy = {
  /** Whether the rules would come from the VirtualService itself. */
  readonly isCircular: boolean
  /** The source of the rules: rulelists in between that add no Rules are skipped. */
  readonly source: string
}

export type Step = {
  /** The rulelist in its `rulesRef`, if any, and if it exists. */
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

/** Follows `copied` until there is none, or a rulelist that was already followed. */
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
