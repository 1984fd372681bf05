/** Field paths, in the format of Kubernetes. */

const FIELD = /^[A-Za-z_][\w-]*$/

/** Longer keys are truncated, because paths are read by people. */
const LONGEST = 253

/** `spec`, `spec.selector`; a key that is not an identifier is bracketed: `metadata.labels[a.b/c]`. */
export function member(path: string, key: string): string {
  if (key.length > LONGEST) return `${path}[${key.slice(0, LONGEST)}…]`
  if (!FIELD.test(key)) return `${path}[${key}]`
  return path === '' ? key : `${path}.${key}`
}

export const item = (path: string, index: number): string => `${path}[${index}]`
