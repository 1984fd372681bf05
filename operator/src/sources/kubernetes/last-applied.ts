/**
 * Restores fields without a value that `kubectl apply` removes before it sends an object. For example, `matchLabels:`
 * without labels becomes an empty selector, which selects every pod. The original is in the annotation that kubectl
 * sets; restoring it lets validation find the same as in a file. Pure.
 */
import { isDeepStrictEqual } from 'node:util'
import { isRecord } from '@l7mesh/crds'
import type { RawObject } from '../../raw-object.ts'

const ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration'

/** Returns the spec with the nulls of its selectors; the same object if there are none. */
export function specAsApplied({ spec, metadata }: RawObject): unknown {
  const { annotations } = metadata
  const text = isRecord(annotations) ? annotations[ANNOTATION] : undefined
  if (typeof text !== 'string' || !text.includes(':null')) return spec
  const written = parsed(text)
  const restored = isRecord(written) ? withNulls(spec, written.spec) : spec
  return isDeepStrictEqual(restored, spec) ? spec : restored
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function withNulls(stored: unknown, written: unknown): unknown {
  if (Array.isArray(stored) && Array.isArray(written))
    return stored.map((item, index) => withNulls(item, written[index]))
  if (!isRecord(stored) || !isRecord(written)) return stored
  return Object.fromEntries(
    Object.entries(stored).map(([key, value]) => [
      key,
      key === 'selector' ? selector(value, written[key]) : withNulls(value, written[key]),
    ]),
  )
}

/** The original selector, unless it has been changed since. */
function selector(stored: unknown, written: unknown): unknown {
  return isDeepStrictEqual(stored, withoutNulls(written)) ? written : stored
}

function withoutNulls(value: unknown): unknown {
  if (!isRecord(value)) return value
  const kept = Object.entries(value).filter(([, entry]) => entry !== null)
  return Object.fromEntries(kept.map(([key, entry]) => [key, withoutNulls(entry)]))
}
