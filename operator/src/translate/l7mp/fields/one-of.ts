/** Unions, whose only key is the variant: `{UDP: {…}}`. */
import type { ProblemCollector } from '../../problems.ts'

/** The one key of `keys` that is set; a problem if there is none, or more than one. */
export function oneOf(value: object, keys: readonly string[], problems: ProblemCollector): string | undefined {
  const given = keys.filter(key => isObject(Object.getOwnPropertyDescriptor(value, key)?.value))
  const [first] = given
  if (first !== undefined && given.length === 1) return first
  const seen = given.length === 0 ? 'none is' : `${given.join(' and ')} are`
  return problems.add('Invalid', `Exactly one of ${keys.join(', ')} must be set; ${seen}.`)
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
