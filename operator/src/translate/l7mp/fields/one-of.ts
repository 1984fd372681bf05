/** Objects of which one key says what they are: `{UDP: {…}}`. */
import type { ProblemCollector } from '../../problems.ts'

/** The one key of `keys` that is given; a problem where there is none, or more than one. */
export function oneOf(value: object, keys: readonly string[], problems: ProblemCollector): string | undefined {
  const given = keys.filter(key => isObject(Object.getOwnPropertyDescriptor(value, key)?.value))
  const [first] = given
  if (first !== undefined && given.length === 1) return first
  const seen = given.length === 0 ? 'none' : given.join(' and ')
  return problems.add('Invalid', `There must be exactly one of ${keys.join(', ')}; there is ${seen}.`)
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
