/**
 * Redraws lines in place without flicker; earlier content of the terminal stays above. The cursor is hidden, at the
 * start of the line below.
 */
import { isDeepStrictEqual, stripVTControlCharacters } from 'node:util'
import type { Size } from '../../report/text/live-view.ts'
import type { Output } from '../../report/text/output.ts'

export type Screen = {
  /** The available size in lines and characters. */
  size(): Size
  draw(lines: readonly string[]): void
  /** Keeps the drawn lines and shows the cursor again. */
  close(): void
}

export function openScreen(output: Output): Screen {
  let drawn: readonly string[] = []
  let drawnFor: Size | undefined
  const size = () => output.size() ?? FALLBACK
  output.write(HIDE_CURSOR)
  return {
    // One line is reserved for the cursor.
    size: () => ({ columns: size().columns, rows: Math.max(size().rows - 1, 1) }),
    draw(lines) {
      const { columns, rows } = size()
      const fitting = lines.slice(0, Math.max(rows - 1, 1)).map(line => cut(line, columns))
      const isResized = drawnFor !== undefined && (drawnFor.columns !== columns || drawnFor.rows !== rows)
      if (!isResized && isDeepStrictEqual(fitting, drawn)) return
      // A resized terminal has wrapped and moved the lines to unknown positions.
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
/** Synchronized output: terminals that support it show everything in between at once; others ignore it. */
const BEGIN_UPDATE = '\x1b[?2026h'
const END_UPDATE = '\x1b[?2026l'

function widthOf(line: string): number {
  return stripVTControlCharacters(line).length
}

/** Truncates a line that does not fit; escape sequences have no width. */
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

// biome-ignore lint/suspicious/noControlCharactersInRegex: it matches escape sequences.
const SEQUENCE_OR_TEXT = /\x1b\[[0-9;]*m|[^\x1b]+/g
