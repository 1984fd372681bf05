/** How deep objects may be: what walks them may do so step by step, and must not run out of stack. Pure. */
import type { Finding } from '@l7mesh/crds'

/** No object of Kubernetes is anywhere near as deep. */
export const DEEPEST = 200

/** A finding where there is more in each other than that. */
export function tooDeep(value: unknown): Finding | undefined {
  if (!isDeeper(value, DEEPEST)) return undefined
  return {
    kind: 'NotAResource',
    path: '',
    message: `it is nested more than ${DEEPEST} levels deep`,
    help: 'make it flatter',
  }
}

export function isDeeper(value: unknown, than: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (than <= 0) return true
  for (const part of Object.values(value)) if (isDeeper(part, than - 1)) return true
  return false
}
