/** JSON text to one plain value with the lines of its items. Pure. */
import { messageOf } from '../../user-error.ts'
import { DEEPEST, isDeeper } from '../validation/depth.ts'
import type { ParsedValue, SyntaxFault } from './syntax.ts'

export function parseJson(text: string): readonly ParsedValue[] | SyntaxFault {
  if (text.trim() === '') return []
  try {
    const first = text.search(/\S/)
    const value: unknown = JSON.parse(text)
    if (isDeeper(value, DEEPEST)) return tooDeep(lineAt(text, first))
    return [{ value, line: lineAt(text, first), itemLines: itemLines(text) }]
  } catch (error) {
    return faultOf(text, error)
  }
}

function tooDeep(line: number): SyntaxFault {
  return { line, message: `it is nested more than ${DEEPEST} levels deep`, help: 'Make it flatter.' }
}

/** V8 says where in its message, and says "end of JSON input" for a text that stops too early. */
function faultOf(text: string, error: unknown): SyntaxFault {
  const message = messageOf(error)
  const position = /at position (\d+)/.exec(message)?.[1]
  const offset = position === undefined ? text.trimEnd().length : Number(position)
  const what = message.replace(/ in JSON at position.*$| \(line.*$/s, '').replace(/, (\.\.\.)?".*$/s, '')
  return {
    line: lineAt(text, offset),
    message: `${what} in JSON`,
    help: 'Write valid JSON: no comments, no trailing comma.',
  }
}

/** Where the objects of a top-level array begin, or those of an array that is a field of the top-level object. */
function itemLines(text: string): readonly number[] {
  const lines: number[] = []
  let line = 0
  let open = ''
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]\n]/g)) {
    if (token === '{' && (open === '[' || open === '{[')) lines.push(line)
    if (token === '\n') line++
    open = nested(open, token)
  }
  return lines
}

function nested(open: string, token: string): string {
  if (token === '{' || token === '[') return open + token
  return token === '}' || token === ']' ? open.slice(0, -1) : open
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length - 1
}
