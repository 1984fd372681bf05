/**
 * What `kubectl apply` leaves out before it sends: fields without a value. Of `matchLabels:` with nothing behind it an
 * empty selector is left, which selects every pod. What was written stands in the annotation that kubectl makes, and is
 * put back, so that the check finds what it finds in a file. Pure.
 */
import { isDeepStrictEqual } from 'node:util'
import { isRecord } from '@l7mesh/crds'
import type { RawObject } from '../../raw-object.ts'

const ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration'

/** The spec with the nulls of its selectors; the very same where there are none. */
export function specAsApplied({ spec, metadata }: RawObject): unknown {
  const { annotations } = metadata
  const text = isRecord(annotations) ? annotations[ANNOTATION] : undefined
  if (typeof text !== 'string' || !text.includes(':null')) return spec
  const written = parsed(text)
  const whole = isRecord(written) ? withNulls(spec, written.spec) : spec
  return isDeepStrictEqual(whole, spec) ? spec : whole
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function withNulls(held: unknown, written: unknown): unknown {
  if (Array.isArray(held) && Array.isArray(written)) return held.map((item, index) => withNulls(item, written[index]))
  if (!isRecord(held) || !isRecord(written)) return held
  return Object.fromEntries(
    Object.entries(held).map(([key, value]) => [
      key,
      key === 'selector' ? selector(value, written[key]) : withNulls(value, written[key]),
    ]),
  )
}

/** As it was written, where it has not become another since. */
function selector(held: unknown, written: unknown): unknown {
  return isDeepStrictEqual(held, withoutNulls(written)) ? written : held
}

function withoutNulls(value: unknown): unknown {
  if (!isRecord(value)) return value
  const kept = Object.entries(value).filter(([, entry]) => entry !== null)
  return Object.fromEntries(kept.map(([key, entry]) => [key, withoutNulls(entry)]))
}
