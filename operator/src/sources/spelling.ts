/**
 * How a value was written, where one does not see it from the value: `0123_4` is 668, and `y` is true. For messages, which
 * name what stands in the file. Pure.
 */
import type { Finding } from '@l7mesh/crds'

/** The texts of the parts of an object or a list, by their keys. */
export type Spelling = ReadonlyMap<unknown, ReadonlyMap<string, string>>

/** The finding in the words of the file. */
export function inItsWords(finding: Finding, document: unknown, spelling: Spelling): Finding {
  if (finding.kind !== 'WrongType' || spelling.size === 0) return finding
  const text = textAt(finding.path, document, spelling)
  if (text === undefined) return finding
  return {
    ...finding,
    message: finding.message.replace(/^(\S+) is /, `${text} is read as $1, which is `),
    help: finding.help.startsWith('put it in quotes') ? `put it in quotes: "${text}"` : finding.help,
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
