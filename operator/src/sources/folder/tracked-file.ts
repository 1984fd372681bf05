/**
 * What is known of one file, and what a new look at it makes of that. Pure.
 *
 * A file may be seen while it is being saved: moved away for a moment, cut to nothing, or written by half. So what a
 * look takes away (the file is gone, objects of it are, it does not parse, it ends in the middle of a line) is believed
 * only once it has been the same for `settleMs`; until then what was known stays. All else is believed at once.
 */

import { type Documents, type Item, keyOf, readDocuments } from '../documents/documents.ts'
import type { Validate } from '../manifest.ts'
import type { SourceProblem } from '../snapshot.ts'
import type { SourceFile } from './assemble.ts'

export type TrackedFile = SourceFile & {
  /** Of the file when its text was read; undefined if it must be read again in any case. */
  readonly stamp: string | undefined
  /** The last text that was believed, good or bad, and what it says. */
  readonly text: string | undefined
  readonly documents: Documents | undefined
  /** Whether each document of it could be read once; objects that are missing may else be in there. */
  readonly isKnown: boolean
  /** What was last seen and is not believed yet (`text` undefined: the file is gone), and from when it is. */
  readonly doubt: { readonly text: string | undefined; readonly due: number } | undefined
}

/** What one look at a file shows. */
export type FileObservation =
  | { readonly tag: 'gone' }
  | { readonly tag: 'unreadable'; readonly problem: SourceProblem }
  | { readonly tag: 'read'; readonly stamp: string | undefined; readonly text: string }

export type GoneRules = {
  readonly now: number
  readonly settleMs: number
  /** False while the folder itself is in doubt: then no file is believed to be gone. */
  readonly believesGone: boolean
  readonly validate: Validate
}

/** The file after the look; undefined once it is believed to be gone. */
export function observeFile(
  path: string,
  before: TrackedFile | undefined,
  sight: FileObservation,
  by: GoneRules,
): TrackedFile | undefined {
  switch (sight.tag) {
    case 'gone':
      if (!before || (by.believesGone && isSettled(before, undefined, by))) return undefined
      return { ...doubted(before, undefined, by), fading: true, stamp: undefined }
    case 'unreadable':
      return { ...(before ?? unseen(path)), ...UNSEEN, problems: [sight.problem] }
    case 'read':
      return read(before ?? unseen(path), sight.text, sight.stamp, by)
  }
}

function read(before: TrackedFile, text: string, stamp: string | undefined, by: GoneRules): TrackedFile {
  const seen = { ...before, stamp, fading: false }
  if (text === before.text) return { ...seen, doubt: undefined }
  const documents = readDocuments(before.path, text, by.validate, before.documents)
  const isDoubtful = documents.broken.length > 0 || !isWhole(text) || !hasAllOf(before.items, documents.items)
  if (isDoubtful && !isSettled(before, text, by)) return doubted(seen, text, by)
  return {
    ...seen,
    text,
    doubt: undefined,
    documents,
    isKnown: before.isKnown || documents.broken.length === 0,
    problems: problemsOf(documents, before),
    items: [...documents.items, ...documents.kept.map(({ item }) => item)],
  }
}

/** Does not end in the middle of a line; JSON need not end in a line break. */
function isWhole(text: string): boolean {
  return text === '' || /[\n\]}]$/.test(text)
}

function hasAllOf(before: readonly Item[], items: readonly Item[]): boolean {
  const keys = new Set(items.map(keyOf))
  return before.every(item => keys.has(keyOf(item)))
}

function isSettled({ doubt }: TrackedFile, text: string | undefined, { now, settleMs }: GoneRules): boolean {
  return settleMs === 0 || (doubt !== undefined && doubt.text === text && now >= doubt.due)
}

function doubted(file: TrackedFile, text: string | undefined, { now, settleMs }: GoneRules): TrackedFile {
  return file.doubt && file.doubt.text === text ? file : { ...file, doubt: { text, due: now + settleMs } }
}

function problemsOf({ broken, note }: Documents, { isKnown }: TrackedFile): readonly SourceProblem[] {
  const inForce = isKnown ? ' Until then its last good state stays in force.' : ''
  return [...broken.map(problem => ({ ...problem, help: `${problem.help}${inForce}` })), ...(note ? [note] : [])]
}

const UNSEEN = { stamp: undefined, text: undefined, doubt: undefined, problems: [], fading: false }

function unseen(path: string): TrackedFile {
  return { path, items: [], documents: undefined, isKnown: false, ...UNSEEN }
}
