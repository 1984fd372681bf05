/** Parses JSON text into one plain value, with the lines of its items. Pure. */
import { messageOf } from '../../user-error.ts'
import { isDeeper, MAX_DEPTH } from '../validation/depth.ts'
import type { ParsedValue, SyntaxFault } from './syntax.ts'

export function parseJson(text: string): readonly ParsedValue[] | SyntaxFault {
  if (text.trim() === '') return []
  try {
    const first = text.search(/\S/)
    const value: unknown = JSON.parse(text)
    if (isDeeper(value, MAX_DEPTH)) return tooDeep(lineAt(text, first))
    return [{ value, line: lineAt(text, first), itemLines: itemLines(text) }]
  } catch (error) {
    return faultOf(text, error)
  }
}

function tooDeep(line: number): SyntaxFault {
  return { line, message: `nested more than ${MAX_DEPTH} levels deep`, help: 'Reduce the nesting.' }
}

/** The message of V8 contains the position, or "end of JSON input" for an incomplete text. */
function faultOf(text: string, error: unknown): SyntaxFault {
  const message = messageOf(error)
  const position = /at position (\d+)/.exec(message)?.[1]
  const offset = position === undefined ? text.trimEnd().length : Number(position)
  const reason = message.replace(/ in JSON at position.*$| \(line.*$/s, '').replace(/, (\.\.\.)?".*$/s, '')
  return {
    line: lineAt(text, offset),
    message: `${reason} in JSON`,
    help: 'Write valid JSON: no comments, no trailing comma.',
  }
}

/** The lines of the objects in a top-level array, or in an array that is a field of the top-level object. */
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
