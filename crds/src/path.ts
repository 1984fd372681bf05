/** Field paths, in the form in which Kubernetes prints them. */

const FIELD = /^[A-Za-z_][\w-]*$/

/** Longer keys are cut: a path is read by people. */
const LONGEST = 253

/** `spec`, `spec.selector`; a key that is not like a field name stands in brackets: `metadata.labels[a.b/c]`. */
export function member(path: string, key: string): string {
  if (key.length > LONGEST) return `${path}[${key.slice(0, LONGEST)}…]`
  if (!FIELD.test(key)) return `${path}[${key}]`
  return path === '' ? key : `${path}.${key}`
}

export const item = (path: string, index: number): string => `${path}[${index}]`
