/**
 * What a slip of the pen leaves of a selector: `matchLabels:` with nothing behind it, a label without a value. Each field
 * of a selector restricts it, so that one of which nothing is left selects every pod. Whoever means that writes `{}`: as the
 * selector, or, as in Kubernetes, as its `matchLabels`.
 *
 * The schema says `nullable` of what is looked at here. The policy for API servers (scripts/policy.ts) does the same in CEL.
 */
import type { Schema } from './crd.ts'
import type { Finding } from './finding.ts'
import { member } from './path.ts'

/** Whether every field of the object restricts it: those of a selector. */
export function isRestriction({ properties = {} }: Schema): boolean {
  const fields = Object.values(properties)
  return fields.length > 0 && fields.every(({ nullable }) => nullable === true)
}

/** What is wrong with this object; not with those in it. */
export function emptyRestrictions(
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  path: string,
): readonly Finding[] {
  if (isRestriction(schema)) {
    const given = Object.keys(value)
    const slips = given.filter(key => isSlip(value[key]))
    return slips.length > 0 && given.every(key => isEmpty(value[key])) ? [nothingLeft(path, slips)] : []
  }
  if (schema.additionalProperties?.nullable !== true) return []
  return Object.keys(value).flatMap(key => ((value[key] ?? null) === null ? [noValue(member(path, key))] : []))
}

/** Nobody writes it to say something. */
const isSlip = (value: unknown): boolean => value === null || value === undefined || value === ''

const isEmpty = (value: unknown): boolean =>
  isSlip(value) || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)

const nothingLeft = (path: string, given: readonly string[]): Finding => ({
  kind: 'Empty',
  path,
  message: `${given.slice(0, 5).join(', ')} ${given.length === 1 ? 'is' : 'are'} empty, so that every pod would be selected`,
  help: 'say what the pods must have, indented below the field; to select every pod write {}',
})

const noValue = (path: string): Finding => ({
  kind: 'Empty',
  path,
  message: 'the label has no value, and so would restrict nothing',
  help: 'give the value, or "" for an empty one',
})
