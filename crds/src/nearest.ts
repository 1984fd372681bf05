/** Suggests a correction for a misspelled word. */

/** Longer words are not compared: no field or value is this long. */
const LONGEST = 64

/** The most similar candidate; undefined if none is similar. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > LONGEST) return undefined
  const lower = word.toLowerCase()
  const scored = candidates.map(candidate => ({ candidate, cost: distance(lower, candidate.toLowerCase()) }))
  const best = scored.reduce((a, b) => (b.cost < a.cost ? b : a), { candidate: '', cost: Infinity })
  return best.cost <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : undefined
}

/** The edit distance: the number of letters to insert, delete, replace, or swap with their neighbor. */
function distance(from: string, to: string): number {
  let before: readonly number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1]
    for (const [column, other] of [...to].entries()) {
      const change = at(row, column) + (letter === other ? 0 : 1)
      const isSwap = letter === to[column - 1] && from[index - 1] === other
      const swap = isSwap ? at(before, column - 1) + 1 : Infinity
      next.push(Math.min(change, swap, at(row, column + 1) + 1, at(next, column) + 1))
    }
    before = row
    row = next
  }
  return at(row, row.length - 1)
}

const at = (row: readonly number[], column: number): number => row[column] ?? Infinity
