/**
 * Kubernetes' own objects as an API server holds them. One that does not have the form that every version of its kind has
 * had is left out, or its last good version stays; nothing else is touched by it. Pure.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Finding, ObjectMeta } from '@l7mesh/crds'
import type { RawObject } from '../../raw-object.ts'
import type { ByName, SourceProblem } from '../snapshot.ts'
import type { CoreKind } from '../validation/core-schemas.ts'
import { tooDeep } from '../validation/depth.ts'
import { typeFindings, withoutNullFields } from '../validation/shapes.ts'

/** What is kept of an object that cannot be read. */
export class InvalidCore<T> {
  /** The last version that could be; undefined where there has been none. */
  readonly last: T | undefined
  readonly findings: readonly Finding[]

  constructor(last: T | undefined, findings: readonly Finding[]) {
    this.last = last
    this.findings = findings
  }
}

export type ValidatedCore<T> = T | InvalidCore<T>

type NamedObject = { readonly metadata: ObjectMeta }

/** A cut as a reflector takes it: the object of before, where nothing is different. */
export function coreValidator<T extends NamedObject>(kind: CoreKind, cut: (object: RawObject) => T) {
  return (object: RawObject, before: ValidatedCore<T> | undefined): ValidatedCore<T> => {
    const last = before instanceof InvalidCore ? before.last : before
    const { whole, findings } = checked(kind, object)
    if (findings.length > 0) return new InvalidCore(isSameObject(last, object) ? last : undefined, findings)
    const now = cut(whole)
    return last !== undefined && isDeepStrictEqual(now, last) ? last : now
  }
}

/** One that was deleted and made anew is another. */
function isSameObject(last: NamedObject | undefined, { metadata }: RawObject): boolean {
  return last?.metadata.uid === metadata.uid
}

function checked(kind: CoreKind, object: RawObject) {
  const deep = tooDeep(object)
  if (deep) return { whole: object, findings: [deep] }
  const whole = withoutNullFields(kind, object)
  return { whole, findings: typeFindings(kind, whole) }
}

/** Those that are in force: the very same map where none is odd. */
export function validObjects<T extends NamedObject>(held: ByName<ValidatedCore<T>>): ByName<T> {
  const sound = new Map<string, T>()
  let isAny = false
  for (const [name, object] of held) {
    const inForce = object instanceof InvalidCore ? object.last : object
    isAny ||= object instanceof InvalidCore
    if (inForce !== undefined) sound.set(name, inForce)
  }
  // Without an odd one it holds nothing but T.
  return isAny ? sound : (held as ByName<T>)
}

/** `kind` as people write it. */
export function invalidCoreProblems(kind: string, held: ByName<ValidatedCore<NamedObject>>): readonly SourceProblem[] {
  return [...held].flatMap(([name, object]) => {
    if (!(object instanceof InvalidCore)) return []
    const outcome = object.last ? 'its last good version stays in force' : 'it is left out'
    return object.findings.map(({ path, message, help }) => ({
      where: `${kind}/${name}`,
      message: `${path}: ${message}; ${outcome}`,
      help,
    }))
  })
}
