/**
 * Parses YAML text into plain values with their lines, document by document. Values equal those of kubectl; see
 * plain.ts and scalars.ts for scalars, keys and merges. Pure.
 */
import { isMap, isSeq, LineCounter, parseAllDocuments, type YAMLError, type Document as YamlDocument } from 'yaml'
import { offsetOf, plainValue, Unreadable } from './plain.ts'
import type { ParsedValue, SyntaxFault, TextSection } from './syntax.ts'
import { parseUnindented } from './unindented.ts'

/**
 * Reads all scalars as text, regardless of directives, because their types are determined here. Duplicate keys are
 * detected here, too.
 */
const OPTIONS = { schema: 'failsafe', resolveKnownTags: false, uniqueKeys: false } as const

const HELP: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'Indent with spaces.',
  BAD_INDENT: 'Align the line with its neighbours: fields of one object start in the same column.',
  MISSING_CHAR: 'Close the quote or bracket, or put the value in quotes.',
  BLOCK_IN_FLOW: 'Put a value that holds ": " or begins with "- " in quotes.',
  BLOCK_AS_IMPLICIT_KEY: 'Put a value that holds ": " in quotes.',
}
const GENERAL_HELP = 'Write valid YAML; documents are separated by a line with ---.'

/**
 * Splits the text at its document separators. YAML forbids `---` at the start of a line everywhere else, even in block
 * scalars. Directives (`%YAML`) precede the separator of their document and belong to it.
 */
export function splitDocuments(text: string): readonly TextSection[] {
  const separators = [...text.matchAll(/^---(?=\s|$)/gm)].map(match => match.index)
  const starts = [0, ...separators.map((at, index) => startOfDirectives(text, separators[index - 1] ?? 0, at))]
  let line = 1
  return starts.map((start, index) => {
    const section = { text: text.slice(start, starts[index + 1]), line }
    line += section.text.split('\n').length - 1
    return section
  })
}

/**
 * The start of the directives of a separator, or the separator if it has none. Directives are at the start of the text,
 * or follow a line with `...`; any other line that begins with % is content.
 */
function startOfDirectives(text: string, from: number, separator: number): number {
  let first = separator
  let start = separator
  const lines = text.slice(from, separator).split(/(?<=\n)/)
  for (const line of lines.toReversed()) {
    start -= line.length
    if (line.startsWith('%')) first = start
    else if (!/^\s*(?:#|$)/.test(line)) return line.startsWith('...') ? first : separator
  }
  return first
}

/**
 * Parses one section; lines count from 0 at its start. Returns usually one value, and none if there are only comments.
 */
export function parseSection(text: string): readonly ParsedValue[] | SyntaxFault {
  const found = valuesOf(text, parseAllDocuments)
  if (!('message' in found)) return found
  const lenient = valuesOf(text, parseUnindented)
  return 'message' in lenient ? found : lenient
}

type YamlReader = (
  text: string,
  options: typeof OPTIONS & { lineCounter: LineCounter },
) => Iterable<YamlDocument.Parsed>

function valuesOf(text: string, read: YamlReader): readonly ParsedValue[] | SyntaxFault {
  const lineCounter = new LineCounter()
  const lineAt = (offset: number) => lineCounter.linePos(offset).line - 1
  const values: ParsedValue[] = []
  // A file that begins with a byte order mark has been appended to another.
  const plain = text.replace(/^(---[^\n]*\n)\uFEFF/, '$1')
  for (const document of read(plain, { ...OPTIONS, lineCounter })) {
    const [error] = document.errors
    if (error) return faultOf(error)
    const value = toPlain(document, lineAt)
    if ('fault' in value) return value.fault
    const { plain, spelling } = value
    if (plain !== null) values.push({ value: plain, ...linesOf(document, lineAt), spelling })
  }
  return values
}

function linesOf(
  { contents }: YamlDocument.Parsed,
  lineAt: (offset: number) => number,
): Pick<ParsedValue, 'line' | 'itemLines'> {
  const items = isMap(contents) ? contents.get('items', true) : contents
  const itemLines = isSeq(items) ? items.items.map(item => lineAt(offsetOf(item))) : []
  return { line: lineAt(offsetOf(contents)), itemLines }
}

function toPlain(
  { contents }: YamlDocument.Parsed,
  lineAt: (offset: number) => number,
): ReturnType<typeof plainValue> | { readonly fault: SyntaxFault } {
  try {
    return plainValue(contents)
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return { fault: { line: lineAt(error.offset), message: error.message, help: error.help } }
  }
}

function faultOf(error: YAMLError): SyntaxFault {
  const [message = 'Not YAML'] = error.message.split(/ at line \d+|:?\n/)
  return { line: (error.linePos?.[0].line ?? 1) - 1, message, help: HELP[error.code] ?? GENERAL_HELP }
}
