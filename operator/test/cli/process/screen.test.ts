import { expect, it, vi } from 'vitest'
import { cut, openScreen } from '../../../src/cli/process/screen.ts'
import type { Output } from '../../../src/report/text/output.ts'

/** A terminal that supports the escape sequences of the screen. */
class Terminal implements Output {
  readonly isTerminal = true
  columns: number
  rows: number
  #lines: string[] = ['$ l7mesh up']
  #row = 1
  isCursorHidden = false

  constructor(columns: number, rows: number) {
    this.columns = columns
    this.rows = rows
  }

  size() {
    return { columns: this.columns, rows: this.rows }
  }

  onResize() {
    return () => {}
  }

  write(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is read.
    for (const [token] of text.matchAll(/\x1b\[\??[0-9;]*[A-Za-z]|\r|\n|[^\x1b\r\n]+/g)) this.#take(token)
  }

  #take(token: string): void {
    if (token === '\x1b[2J') this.#lines = []
    else if (token === '\x1b[H') this.#row = 0
    else if (token.endsWith('A') && token.startsWith('\x1b[')) this.#row -= Number(token.slice(2, -1))
    else if (token === '\n') this.#row += 1
    else if (token === '\x1b[J') this.#lines.length = this.#row
    else if (token === '\x1b[K') return
    else if (token.startsWith('\x1b[?25')) this.isCursorHidden = token.endsWith('l')
    else if (!token.startsWith('\x1b') && token !== '\r') this.#lines[this.#row] = token
  }

  get shown(): readonly string[] {
    return this.#lines
  }
}

it('redraws its lines in place, and keeps earlier content', () => {
  const terminal = new Terminal(20, 10)
  const screen = openScreen(terminal)
  screen.draw(['one', 'two', 'three'])
  screen.draw(['ONE', 'TWO'])
  expect(terminal.shown).toEqual(['$ l7mesh up', 'ONE', 'TWO'])
  screen.draw(['1', '2', '3', '4'])
  expect(terminal.shown).toEqual(['$ l7mesh up', '1', '2', '3', '4'])
})

it('truncates what does not fit', () => {
  const terminal = new Terminal(10, 4)
  openScreen(terminal).draw(['a line that is too long', '2', '3', '4', '5'])
  expect(terminal.shown).toEqual(['$ l7mesh up', 'a line th…', '2', '3'])
})

it('redraws everything after a resize', () => {
  const terminal = new Terminal(20, 10)
  const screen = openScreen(terminal)
  screen.draw(['a long line', '2'])
  terminal.columns = 6
  screen.draw(['a long line', '2'])
  expect(terminal.shown).toEqual(['a lon…', '2'])
})

it('writes nothing if nothing has changed', () => {
  const terminal = new Terminal(20, 10)
  const screen = openScreen(terminal)
  screen.draw(['1'])
  const write = vi.spyOn(terminal, 'write')
  screen.draw(['1'])
  expect(write).not.toHaveBeenCalled()
})

it('hides the cursor while it draws, and shows it again', () => {
  const terminal = new Terminal(10, 4)
  const screen = openScreen(terminal)
  expect(terminal.isCursorHidden).toBe(true)
  screen.close()
  expect(terminal.isCursorHidden).toBe(false)
})

it.each([
  ['short', 5, 'short'],
  ['longer', 5, 'long…'],
  ['\x1b[31mred\x1b[39m and more', 5, '\x1b[31mred\x1b[39m …'],
  ['\x1b[31mredder\x1b[39m', 4, '\x1b[31mred…\x1b[39m'],
])('truncates %j to %i characters', (line, columns, expected) => {
  expect(cut(line, columns)).toBe(expected)
})
