/**
 * The known state of one file, and how a new observation changes it. Pure.
 *
 * A file may be observed while it is being saved: renamed for a moment, truncated, or half written. An observation that
 * removes something (the file is missing, objects are missing, it does not parse, it ends in the middle of a line) is
 * therefore accepted only after it has been unchanged for `settleMs`; until then, the previous state is kept. All other
 * observations are accepted immediately.
 */

import { type Documents, type Item, keyOf, readDocuments } from '../documents/documents.ts'
import type { Validate } from '../manifest.ts'
import type { SourceProblem } from '../snapshot.ts'
import type { SourceFile } from './assemble.ts'

export type TrackedFile = SourceFile & {
  /** The stamp of the file when it was read; undefined if it must be read again in any case. */
  readonly stamp: string | undefined
  /** The last accepted text, valid or not, and its documents. */
  readonly text: string | undefined
  readonly documents: Documents | undefined
  /** Whether every document could be read at least once; otherwise, missing objects may be in the file. */
  readonly isKnown: boolean
  /** The last observation that is not accepted yet (`text` is undefined for a missing file), and when it will be. */
  readonly unconfirmed: { readonly text: string | undefined; readonly due: number } | undefined
}

/** The result of reading a file. */
export type FileObservation =
  | { readonly tag: 'missing' }
  | { readonly tag: 'unreadable'; readonly problem: SourceProblem }
  | { readonly tag: 'read'; readonly stamp: string | undefined; readonly text: string }

export type AcceptanceRules = {
  readonly now: number
  readonly settleMs: number
  /** False while the folder itself may be incomplete: then no file counts as deleted. */
  readonly acceptsDeletions: boolean
  readonly validate: Validate
}

/** Returns the file after the observation; undefined once it counts as deleted. */
export function observeFile(
  path: string,
  before: TrackedFile | undefined,
  observation: FileObservation,
  rules: AcceptanceRules,
): TrackedFile | undefined {
  switch (observation.tag) {
    case 'missing':
      if (!before || (rules.acceptsDeletions && isSettled(before, undefined, rules))) return undefined
      return { ...markUnconfirmed(before, undefined, rules), isMissing: true, stamp: undefined }
    case 'unreadable':
      return { ...(before ?? newFile(path)), ...UNREAD, problems: [observation.problem] }
    case 'read':
      return read(before ?? newFile(path), observation.text, observation.stamp, rules)
  }
}

function read(before: TrackedFile, text: string, stamp: string | undefined, rules: AcceptanceRules): TrackedFile {
  const observed = { ...before, stamp, isMissing: false }
  if (text === before.text) return { ...observed, unconfirmed: undefined }
  const documents = readDocuments(before.path, text, rules.validate, before.documents)
  const isSuspicious = documents.broken.length > 0 || !isComplete(text) || !hasAllOf(before.items, documents.items)
  if (isSuspicious && !isSettled(before, text, rules)) return markUnconfirmed(observed, text, rules)
  return {
    ...observed,
    text,
    unconfirmed: undefined,
    documents,
    isKnown: before.isKnown || documents.broken.length === 0,
    problems: problemsOf(documents, before),
    items: [...documents.items, ...documents.kept.map(({ item }) => item)],
  }
}

/** Does not end in the middle of a line; JSON need not end in a line break. */
function isComplete(text: string): boolean {
  return text === '' || /[\n\]}]$/.test(text)
}

function hasAllOf(before: readonly Item[], items: readonly Item[]): boolean {
  const keys = new Set(items.map(keyOf))
  return before.every(item => keys.has(keyOf(item)))
}

function isSettled(
  { unconfirmed }: TrackedFile,
  text: string | undefined,
  { now, settleMs }: AcceptanceRules,
): boolean {
  return settleMs === 0 || (unconfirmed !== undefined && unconfirmed.text === text && now >= unconfirmed.due)
}

function markUnconfirmed(file: TrackedFile, text: string | undefined, { now, settleMs }: AcceptanceRules): TrackedFile {
  return file.unconfirmed && file.unconfirmed.text === text
    ? file
    : { ...file, unconfirmed: { text, due: now + settleMs } }
}

function problemsOf({ broken, note }: Documents, { isKnown }: TrackedFile): readonly SourceProblem[] {
  const keptNote = isKnown ? ' Until then, its last valid version is kept.' : ''
  return [...broken.map(problem => ({ ...problem, help: `${problem.help}${keptNote}` })), ...(note ? [note] : [])]
}

const UNREAD = { stamp: undefined, text: undefined, unconfirmed: undefined, problems: [], isMissing: false }

function newFile(path: string): TrackedFile {
  return { path, items: [], documents: undefined, isKnown: false, ...UNREAD }
}
