/** Tables in the style of kubectl: headings in capitals, columns two spaces apart, no rules. Pure. */
import Table from 'cli-table3'
import type { Style } from './style.ts'

/** Lines without trailing spaces. Empty if there are no rows. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  style: Style,
): readonly string[] {
  if (rows.length === 0) return []
  const drawn = new Table({ chars: NO_RULES, style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] } })
  drawn.push(headings.map(style.quiet), ...rows.map(row => [...row]))
  return drawn
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
}

const NO_RULES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}
