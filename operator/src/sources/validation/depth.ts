/** The maximum nesting depth of objects, so that recursive functions do not overflow the stack. Pure. */
import type { Finding } from '@l7mesh/crds'

/** Far more than any Kubernetes object needs. */
export const MAX_DEPTH = 200

/** Returns a finding if the value is nested deeper. */
export function tooDeep(value: unknown): Finding | undefined {
  if (!isDeeper(value, MAX_DEPTH)) return undefined
  return {
    kind: 'NotAResource',
    path: '',
    message: `nested more than ${MAX_DEPTH} levels deep`,
    help: 'reduce the nesting',
  }
}

export function isDeeper(value: unknown, than: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (than <= 0) return true
  for (const part of Object.values(value)) if (isDeeper(part, than - 1)) return true
  return false
}
