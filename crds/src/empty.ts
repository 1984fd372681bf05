/**
 * Detects selectors that are empty by mistake: `matchLabels:` without labels, or a label without a value. Each field of
 * a selector restricts it, so an empty selector selects every pod. To select every pod on purpose, `{}` is written: as
 * the selector or, as in Kubernetes, as its `matchLabels`.
 *
 * The schema marks these fields `nullable`. The policy for API servers (scripts/policy.ts) implements the same check in
 * CEL.
 */
import type { Schema } from './crd.ts'
import type { Finding } from './finding.ts'
import { member } from './path.ts'

/** Whether every field of the object restricts it, as in a selector. */
export function isRestriction({ properties = {} }: Schema): boolean {
  const fields = Object.values(properties)
  return fields.length > 0 && fields.every(({ nullable }) => nullable === true)
}

/** The findings on this object itself, not on objects in it. */
export function emptyRestrictions(
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  path: string,
): readonly Finding[] {
  if (isRestriction(schema)) {
    const given = Object.keys(value)
    const mistakes = given.filter(key => isMistake(value[key]))
    return mistakes.length > 0 && given.every(key => isEmpty(value[key])) ? [emptySelector(path, mistakes)] : []
  }
  if (schema.additionalProperties?.nullable !== true) return []
  return Object.keys(value).flatMap(key => ((value[key] ?? null) === null ? [noValue(member(path, key))] : []))
}

/** A value that is never written on purpose. */
const isMistake = (value: unknown): boolean => value === null || value === undefined || value === ''

const isEmpty = (value: unknown): boolean =>
  isMistake(value) || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)

const emptySelector = (path: string, given: readonly string[]): Finding => ({
  kind: 'Empty',
  path,
  message: `${given.slice(0, 5).join(', ')} ${given.length === 1 ? 'is' : 'are'} empty, so every pod would be selected`,
  help: 'indent the labels below the field; to select every pod, write {}',
})

const noValue = (path: string): Finding => ({
  kind: 'Empty',
  path,
  message: 'the label has no value, so it would restrict nothing',
  help: 'set the value, or "" for an empty one',
})
