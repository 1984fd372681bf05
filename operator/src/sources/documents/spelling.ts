/**
 * How a value was written, where one does not see it from the value: `0123_4` is 668, and `y` is true. For messages, which
 * name what stands in the file. Pure.
 */
import type { Finding } from '@l7mesh/crds'

/** The texts of the parts of an object or a list, by their keys. */
export type Spelling = ReadonlyMap<unknown, ReadonlyMap<string, string>>

type FieldFinding = Partial<Pick<Finding, 'kind' | 'path'>> & Pick<Finding, 'message' | 'help'>

/** What is said of a field of the wrong type, in the words of the file. */
export function inItsWords<T extends FieldFinding>(said: T, document: unknown, spelling: Spelling): T {
  const { kind, path, message, help } = said
  if (kind !== 'WrongType' || path === undefined || spelling.size === 0) return said
  const text = textAt(path, document, spelling)
  if (text === undefined) return said
  return {
    ...said,
    message: message.replace(/(^|: )(\S+) is (?=a )/, `$1${text} is read as $2, which is `),
    help: help.replace(/^(put it in quotes: (?:\w+: )?)".*"/i, `$1"${text}"`),
  }
}

/** Steps as in `metadata.labels[a.b/c]` and `rules[0]`. */
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
