/**
 * YAML text to plain values with their lines, document by document. Pure. Values come out as kubectl reads them: YAML
 * 1.2 with the merge key, plus the booleans of YAML 1.1 (`yes`, `off`, …), which Kubernetes' own reader still knows.
 */
import {
  isMap,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Tags,
  type YAMLError,
  type Document as YamlDocument,
} from 'yaml'
import type { Section, SyntaxFault, Value } from './syntax.ts'

const YAML_1_1_BOOLEAN = {
  identify: (value: unknown) => typeof value === 'boolean',
  default: true as const,
  tag: 'tag:yaml.org,2002:bool',
  test: /^(?:yes|Yes|YES|on|On|ON|no|No|NO|off|Off|OFF)$/,
  resolve: (text: string) => /^(?:yes|on)$/i.test(text),
}

const HELP: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'Indent with spaces.',
  BAD_INDENT: 'Align the line with its neighbours: fields of one object start in the same column.',
  DUPLICATE_KEY: 'Keep one of the fields of that name.',
  MISSING_CHAR: 'Close the quote or bracket, or put the value in quotes.',
  BLOCK_AS_IMPLICIT_KEY: 'Put a value that holds ": " in quotes.',
}
const GENERAL_HELP = 'Write valid YAML; documents are separated by a line with ---.'

/**
 * The text cut at its document separators. YAML forbids `---` at the start of a line everywhere else, in block scalars
 * too. A stream with directives (`%YAML`) is left whole, since a directive stands before the separator.
 */
export function splitDocuments(text: string): readonly Section[] {
  const starts = [0, ...[...text.matchAll(/^---(?=\s|$)/gm)].map(match => match.index)]
  if (/^%/m.test(text)) return []
  let line = 1
  return starts.map((start, index) => {
    const section = { text: text.slice(start, starts[index + 1]), line }
    line += section.text.split('\n').length - 1
    return section
  })
}

/** The values of one section; lines count from 0 at its start. Usually one value, none where all is comment. */
export function parseSection(text: string): readonly Value[] | SyntaxFault {
  const lineCounter = new LineCounter()
  const lineAt = (offset: number) => lineCounter.linePos(offset).line - 1
  const options = { customTags: (tags: Tags) => [YAML_1_1_BOOLEAN, ...tags], merge: true, lineCounter }
  const values: Value[] = []
  for (const document of parseAllDocuments(text, options)) {
    const [error] = document.errors
    if (error) return faultOf(error)
    const value = toPlain(document)
    if ('fault' in value) return value.fault
    if (value.plain !== null) values.push({ value: value.plain, ...linesOf(document, lineAt) })
  }
  return values
}

function linesOf(
  { contents }: YamlDocument.Parsed,
  lineAt: (offset: number) => number,
): Pick<Value, 'line' | 'itemLines'> {
  const items = isMap(contents) ? contents.get('items', true) : contents
  const itemLines = isSeq(items) ? items.items.map(item => lineAt(offsetOf(item))) : []
  return { line: lineAt(offsetOf(contents)), itemLines }
}

/** Aliases may be undefined, or so many that they are an attack: the library throws only when they are followed. */
function toPlain(document: YamlDocument.Parsed): { readonly plain: unknown } | { readonly fault: SyntaxFault } {
  try {
    return { plain: document.toJS() }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { fault: { line: 0, message, help: 'Define each &anchor before its *alias, or write the value out.' } }
  }
}

function faultOf(error: YAMLError): SyntaxFault {
  const [message = 'Not YAML'] = error.message.split(/ at line \d+|:?\n/)
  return { line: (error.linePos?.[0].line ?? 1) - 1, message, help: HELP[error.code] ?? GENERAL_HELP }
}

function offsetOf(node: unknown): number {
  const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : 0
}
