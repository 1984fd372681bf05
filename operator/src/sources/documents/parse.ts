/**
 * The text of one manifest file to the objects written in it. Pure. First step of the folder source: what is parsed
 * here is admitted one by one (admit.ts) and then assembled with what other files hold (assemble.ts).
 */
import { isRecord } from '@l7mesh/crds'
import { messageOf } from '../../user-error.ts'
import { parseJson } from './parse-json.ts'
import { parseSection, splitDocuments } from './parse-yaml.ts'
import type { Spelling } from './spelling.ts'
import type { ParsedValue, SyntaxFault } from './syntax.ts'

/** One object of a file, at the line of the file where it begins. */
export type Written = { readonly value: unknown; readonly line: number; readonly spelling?: Spelling }

/** A piece of a file that cannot be parsed: the text of it, and at which line of the file it is wrong. */
export type Broken = SyntaxFault & { readonly text: string }

/**
 * What a file holds: of several documents those that can be read, and those that cannot. `sections` is kept so that the
 * next text of the file need not be parsed where it is the same.
 */
export type ParsedText = {
  readonly written: readonly Written[]
  readonly broken: readonly Broken[]
  readonly sections: ReadonlyMap<string, readonly Written[]>
}

/**
 * Arrays and Lists come apart into their items. With `before`, values of documents whose text did not change are the
 * very same values as before, whatever moved around them.
 */
export function parseText(path: string, text: string, before?: ParsedText): ParsedText {
  const isJson = path.endsWith('.json')
  const plain = text.startsWith('\uFEFF') ? text.slice(1) : text
  const cut = isJson ? [{ text: plain, line: 1 }] : splitDocuments(plain)
  const written: Written[] = []
  const broken: Broken[] = []
  const sections = new Map<string, readonly Written[]>()
  for (const section of cut) {
    const found = before?.sections.get(section.text) ?? parseOne(section.text, isJson)
    if (isFault(found)) {
      broken.push({ ...found, line: found.line + section.line, text: section.text })
      continue
    }
    sections.set(section.text, found)
    for (const one of found) written.push({ ...one, line: one.line + section.line })
  }
  return { written, broken, sections }
}

/** What breaks the parser itself, such as brackets 10,000 deep, is a fault of that document alone. */
function parseOne(text: string, isJson: boolean): readonly Written[] | SyntaxFault {
  try {
    const values = isJson ? parseJson(text) : parseSection(text)
    return isFault(values) ? values : values.flatMap(itemsOf)
  } catch (error) {
    const message = `cannot be read: ${messageOf(error)}`
    return { line: 0, message, help: 'Simplify the document.' }
  }
}

/** A `v1` List, and the typed ones of `kubectl get --output=json` (`PodList`), stand for their items. */
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
