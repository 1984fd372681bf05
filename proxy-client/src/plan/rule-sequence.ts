/**
 * The minimal insertions and removals that turn one sequence of rules into another, all insertions first. Between two
 * calls, a new session then sees a list with all rules of the old or of the new sequence, with new rules before old ones,
 * and never an incomplete list.
 */

export type RuleSequenceEdit = { readonly op: 'insert' | 'remove'; readonly position: number; readonly name: string }

/** `to` must not contain a rule twice (the second would never be reached); `from` may. */
export function ruleSequenceEdits(from: readonly string[], to: readonly string[]): readonly RuleSequenceEdit[] {
  const kept = longestKept(from, to)
  const merged = merge(from, to, kept)
  const numbered = merged.map((item, position) => ({ ...item, position }))
  return [
    ...numbered.filter(item => item.op === 'insert'),
    // From the end, so that earlier positions do not change.
    ...numbered.filter(item => item.op === 'remove').reverse(),
  ].flatMap(({ op, position, name }) => (op === 'keep' ? [] : [{ op, position, name }]))
}

type Merged = { readonly op: 'insert' | 'remove' | 'keep'; readonly name: string }

/** Merges both sequences: kept rules stay in their order, and in each gap new rules precede old ones. */
function merge(from: readonly string[], to: readonly string[], kept: readonly number[]): readonly Merged[] {
  const merged: Merged[] = []
  let next = 0
  let position = 0
  for (const index of [...kept, from.length]) {
    const name = from[index]
    const end = name === undefined ? to.length : to.indexOf(name, position)
    merged.push(...to.slice(position, end).map(inserted => ({ op: 'insert', name: inserted }) as const))
    merged.push(...from.slice(next, index).map(removed => ({ op: 'remove', name: removed }) as const))
    if (name !== undefined) merged.push({ op: 'keep', name })
    position = end + 1
    next = index + 1
  }
  return merged
}

/** Indices in `from` of the rules that are kept: a longest increasing subsequence of positions in `to`. */
function longestKept(from: readonly string[], to: readonly string[]): readonly number[] {
  const places = new Map(to.map((name, place) => [name, place]))
  // tails[k]: the subsequence of length k + 1 with the smallest last position, as a linked list from its end.
  const tails: Run[] = []
  from.forEach((name, index) => {
    const place = places.get(name)
    if (place === undefined) return
    const at = firstNotBelow(tails, place)
    tails[at] = { index, place, before: tails[at - 1] }
  })
  return indices(tails.at(-1))
}

type Run = { readonly index: number; readonly place: number; readonly before: Run | undefined }

function firstNotBelow(tails: readonly Run[], place: number): number {
  let low = 0
  let high = tails.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((tails[middle]?.place ?? 0) < place) low = middle + 1
    else high = middle
  }
  return low
}

function indices(run: Run | undefined): readonly number[] {
  const found: number[] = []
  for (let at = run; at; at = at.before) found.push(at.index)
  return found.reverse()
}
