/**
 * Draws lines in place, over those that it drew before: no flicker, and what was on the terminal before stays above. The
 * cursor rests, hidden, at the start of the line below.
 */
import { isDeepStrictEqual, stripVTControlCharacters } from 'node:util'
import type { Output } from '../../report/text/output.ts'
import type { Size } from '../../report/text/view.ts'

export type Screen = {
  /** How many lines and characters there is room for. */
  size(): Size
  draw(lines: readonly string[]): void
  /** Leaves what is drawn and gives the cursor back. */
  close(): void
}

export function openScreen(output: Output): Screen {
  let drawn: readonly string[] = []
  let drawnFor: Size | undefined
  const size = () => output.size() ?? FALLBACK
  output.write(HIDE_CURSOR)
  return {
    // One line stays free for the cursor.
    size: () => ({ columns: size().columns, rows: Math.max(size().rows - 1, 1) }),
    draw(lines) {
      const { columns, rows } = size()
      const fitting = lines.slice(0, Math.max(rows - 1, 1)).map(line => cut(line, columns))
      const isResized = drawnFor !== undefined && (drawnFor.columns !== columns || drawnFor.rows !== rows)
      if (!isResized && isDeepStrictEqual(fitting, drawn)) return
      // A terminal of another size has broken and moved the lines, and nobody knows where they are now.
      const start = isResized ? ERASE_ALL : `\r${drawn.length > 0 ? `\x1b[${drawn.length}A` : ''}`
      const text = fitting.map(line => `${line}${ERASE_TO_END_OF_LINE}\n`).join('')
      output.write(`${BEGIN_UPDATE}${start}${text}${ERASE_BELOW}${END_UPDATE}`)
      drawn = fitting
      drawnFor = { columns, rows }
    },
    close: () => output.write(SHOW_CURSOR),
  }
}

const FALLBACK = { columns: 80, rows: 24 }
const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
const ERASE_TO_END_OF_LINE = '\x1b[K'
const ERASE_BELOW = '\x1b[J'
const ERASE_ALL = '\x1b[H\x1b[2J'
/** Terminals that know these show all that lies between at once; others ignore them. */
const BEGIN_UPDATE = '\x1b[?2026h'
const END_UPDATE = '\x1b[?2026l'

function widthOf(line: string): number {
  return stripVTControlCharacters(line).length
}

/** Cuts a line that does not fit; colours take no room. */
export function cut(line: string, columns: number): string {
  if (widthOf(line) <= columns) return line
  let room = columns - 1
  let kept = ''
  for (const [part] of line.matchAll(SEQUENCE_OR_TEXT)) {
    if (part.startsWith('\x1b')) kept += part
    else {
      kept += part.slice(0, Math.max(room, 0))
      if (part.length > room && room >= 0) kept += '…'
      room -= part.length
    }
  }
  return kept
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for.
const SEQUENCE_OR_TEXT = /\x1b\[[0-9;]*m|[^\x1b]+/g
