/**
 * Parses the text of object manifest file into the objects written in it. Pure. First step of the folder source: the
 * objects are then admitted object by object (admit.ts) and assembled with those of other files (assemble.ts).
 */
import { isRecord } from '@l7mesh/crds'
import { messageOf } from '../../user-error.ts'
import { parseJson } from './parse-json.ts'
import { parseSection, splitDocuments } from './parse-yaml.ts'
import type { Spelling } from './spelling.ts'
import type { ParsedValue, SyntaxFault } from './syntax.ts'

/** One object of a file, with its first line in the file. */
export type Written = { readonly value: unknown; readonly line: number; readonly spelling?: Spelling }

/** A section of a file that cannot be parsed: its text, and the line of the error in the file. */
export type Broken = SyntaxFault & { readonly text: string }

/**
 * The contents of a file: the documents that can be read, and those that cannot. `sections` lets unchanged sections of
 * the next text be reused.
 */
export type ParsedText = {
  readonly written: readonly Written[]
  readonly broken: readonly Broken[]
  readonly sections: ReadonlyMap<string, readonly Written[]>
}

/**
 * Arrays and Lists are split into their items. With `before`, documents with unchanged text have identical values, even
 * if they moved.
 */
export function parseText(path: string, text: string, before?: ParsedText): ParsedText {
  const isJson = path.endsWith('.json')
  const plain = text.startsWith('\uFEFF') ? text.slice(1) : text
  const split = isJson ? [{ text: plain, line: 1 }] : splitDocuments(plain)
  const written: Written[] = []
  const broken: Broken[] = []
  const sections = new Map<string, readonly Written[]>()
  for (const section of split) {
    const found = before?.sections.get(section.text) ?? parseOne(section.text, isJson)
    if (isFault(found)) {
      broken.push({ ...found, line: found.line + section.line, text: section.text })
      continue
    }
    sections.set(section.text, found)
    for (const object of found) written.push({ ...object, line: object.line + section.line })
  }
  return { written, broken, sections }
}

/** An exception of the parser, such as for brackets nested 10,000 deep, is a fault of that document only. */
function parseOne(text: string, isJson: boolean): readonly Written[] | SyntaxFault {
  try {
    const values = isJson ? parseJson(text) : parseSection(text)
    return isFault(values) ? values : values.flatMap(itemsOf)
  } catch (error) {
    const message = `cannot be read: ${messageOf(error)}`
    return { line: 0, message, help: 'Simplify the document.' }
  }
}

/** A `v1` List, or a typed object of `kubectl get --output=json` (`PodList`), is replaced by its items. */
function itemsOf({ value, line, itemLines, spelling }: ParsedValue): readonly Written[] {
  const spelled = spelling && { spelling }
  // Go writes an empty list as null.
  const items = Array.isArray(value) ? value : isRecord(value) && isList(value) ? (value.items ?? []) : undefined
  if (!Array.isArray(items)) return [{ value, line, ...spelled }]
  return items.flatMap((item, index) =>
    itemsOf({ value: item, line: itemLines[index] ?? line, itemLines: [], ...spelled }),
  )
}

function isList(value: Readonly<Record<string, unknown>>): boolean {
  const { kind, items } = value
  return typeof kind === 'string' && kind.endsWith('List') && (Array.isArray(items) || items === null)
}

function isFault(result: object): result is SyntaxFault {
  return 'message' in result
}
