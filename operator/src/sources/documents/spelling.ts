/**
 * The original spelling of values that do not show it: `0123_4` is 668, and `y` is true. Used by messages, which quote
 * the text of the file. Pure.
 */
import type { Finding } from '@l7mesh/crds'

/** The original texts of the members of an object or a list, by their keys. */
export type Spelling = ReadonlyMap<unknown, ReadonlyMap<string, string>>

type FieldFinding = Partial<Pick<Finding, 'kind' | 'path'>> & Pick<Finding, 'message' | 'help'>

/** Rewrites the finding on a field of the wrong type to quote the original text. */
export function inOriginalSpelling<T extends FieldFinding>(finding: T, document: unknown, spelling: Spelling): T {
  const { kind, path, message, help } = finding
  if (kind !== 'WrongType' || path === undefined || spelling.size === 0) return finding
  const text = textAt(path, document, spelling)
  if (text === undefined) return finding
  return {
    ...finding,
    message: message.replace(/(^|: )(\S+) is (?=a )/, `$1${text} is read as $2, which is `),
    help: help.replace(/^(put it in quotes: (?:\w+: )?)".*"/i, `$1"${text}"`),
  }
}

/** Steps of a path, as in `metadata.labels[a.b/c]` and `rules[0]`. */
const STEP = /\[([^\]]*)\]|([^.[\]]+)/g

function textAt(path: string, document: unknown, spelling: Spelling): string | undefined {
  const steps = [...path.matchAll(STEP)].map(([, bracketed, plain]) => bracketed ?? plain ?? '')
  const last = steps.pop()
  const parent = steps.reduce((value, step) => partOf(value, step), document)
  return last === undefined ? undefined : spelling.get(parent)?.get(last)
}

function partOf(value: unknown, step: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, step)
    ? Reflect.get(value, step)
    : undefined
}
