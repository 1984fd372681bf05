/**
 * What is known of one file, and what a new look at it makes of that. Pure.
 *
 * A file may be seen while it is being saved: moved away for a moment, cut to nothing, or written by half. So what a
 * look takes away (the file is gone, objects of it are, it does not parse, it ends in the middle of a line) is believed
 * only once it has been the same for `settleMs`; until then what was known stays. All else is believed at once.
 */
import { admit } from './admit.ts'
import type { Item, SourceFile } from './assemble.ts'
import type { Validate } from './manifest.ts'
import { type ParsedText, parseText, type UnparsedText } from './parse.ts'
import type { SourceProblem } from './snapshot.ts'

export type TrackedFile = SourceFile & {
  /** Of the file when its text was read; undefined if it must be read again in any case. */
  readonly stamp: string | undefined
  /** The last text that was believed, good or bad, and the last good one parsed. */
  readonly text: string | undefined
  readonly parsed: ParsedText | undefined
  /** What was last seen and is not believed yet (`text` undefined: the file is gone), and from when it is. */
  readonly doubt: { readonly text: string | undefined; readonly due: number } | undefined
}

/** What one look at a file shows. */
export type Sight =
  | { readonly tag: 'gone' }
  | { readonly tag: 'unreadable'; readonly problem: SourceProblem }
  | { readonly tag: 'read'; readonly stamp: string | undefined; readonly text: string }

export type Judgement = {
  readonly now: number
  readonly settleMs: number
  /** False while the folder itself is in doubt: then no file is believed to be gone. */
  readonly believesGone: boolean
  readonly validate: Validate
}

/** The file after the look; undefined once it is believed to be gone. */
export function look(
  path: string,
  before: TrackedFile | undefined,
  sight: Sight,
  by: Judgement,
): TrackedFile | undefined {
  switch (sight.tag) {
    case 'gone':
      if (!before || (by.believesGone && isSettled(before, undefined, by))) return undefined
      return { ...doubted(before, undefined, by), fading: true, stamp: undefined }
    case 'unreadable':
      return { ...(before ?? unseen(path)), ...UNSEEN, parsed: before?.parsed, problem: sight.problem }
    case 'read':
      return read(before ?? unseen(path), sight.text, sight.stamp, by)
  }
}

function read(before: TrackedFile, text: string, stamp: string | undefined, by: Judgement): TrackedFile {
  const seen = { ...before, stamp, fading: false }
  if (text === before.text) return { ...seen, doubt: undefined }
  const result = parseText(before.path, text, before.parsed)
  const items = result.tag === 'parsed' ? itemsOf(result, before, by.validate) : undefined
  const isDoubtful = !items || !isWhole(text) || !hasAllOf(before.items, items)
  if (isDoubtful && !isSettled(before, text, by)) return doubted(seen, text, by)
  const believed = { ...seen, text, doubt: undefined }
  if (result.tag === 'unparsed') return { ...believed, problem: problemOf(before.path, result, before.parsed) }
  return { ...believed, problem: undefined, parsed: result, items: items ?? [] }
}

/** Does not end in the middle of a line; JSON need not end in a line break. */
function isWhole(text: string): boolean {
  return text === '' || /[\n\]}]$/.test(text)
}

function hasAllOf(before: readonly Item[], items: readonly Item[]): boolean {
  const keys = new Set(items.map(keyOf))
  return before.every(item => keys.has(keyOf(item)))
}

function keyOf({ admission }: Item): string | undefined {
  return admission.tag === 'object' ? admission.key : undefined
}

function isSettled({ doubt }: TrackedFile, text: string | undefined, { now, settleMs }: Judgement): boolean {
  return settleMs === 0 || (doubt !== undefined && doubt.text === text && now >= doubt.due)
}

function doubted(file: TrackedFile, text: string | undefined, { now, settleMs }: Judgement): TrackedFile {
  return file.doubt && file.doubt.text === text ? file : { ...file, doubt: { text, due: now + settleMs } }
}

/** Documents whose values are those of before were admitted already. */
function itemsOf({ written }: ParsedText, before: TrackedFile, validate: Validate): readonly Item[] {
  const known = new Map(before.parsed?.written.map(({ value }, index) => [value, before.items[index]?.admission]))
  return written.map(({ value, line }) => ({
    where: `${before.path}:${line}`,
    admission: known.get(value) ?? admit(value, validate),
  }))
}

function problemOf(path: string, { line, message, help }: UnparsedText, good: ParsedText | undefined): SourceProblem {
  const inForce = good ? ' Until then the last good state of this file stays in force.' : ''
  return { where: `${path}:${line}`, message, help: `${help}${inForce}` }
}

const UNSEEN = { stamp: undefined, text: undefined, doubt: undefined, problem: undefined, fading: false }

function unseen(path: string): TrackedFile {
  return { path, items: [], parsed: undefined, ...UNSEEN }
}
