/**
 * Validates Kubernetes objects of an API server. An object with a shape that no version of its kind allows is ignored,
 * or its last valid version is kept; others are unaffected. Pure.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Finding, ObjectMeta } from '@l7mesh/crds'
import type { RawObject } from '../../raw-object.ts'
import type { ByName, SourceProblem } from '../snapshot.ts'
import type { CoreKind } from '../validation/core-schemas.ts'
import { tooDeep } from '../validation/depth.ts'
import { typeFindings, withoutNullFields } from '../validation/shapes.ts'

/** Stored for an object that cannot be read. */
export class InvalidCore<T> {
  /** The last valid version; undefined if there is none. */
  readonly last: T | undefined
  readonly findings: readonly Finding[]

  constructor(last: T | undefined, findings: readonly Finding[]) {
    this.last = last
    this.findings = findings
  }
}

export type ValidatedCore<T> = T | InvalidCore<T>

type NamedObject = { readonly metadata: ObjectMeta }

/** Returns the `keep` function of a reflector: it returns the previous value if nothing changed. */
export function coreValidator<T extends NamedObject>(kind: CoreKind, transform: (object: RawObject) => T) {
  return (object: RawObject, before: ValidatedCore<T> | undefined): ValidatedCore<T> => {
    const last = before instanceof InvalidCore ? before.last : before
    const { normalized, findings } = checked(kind, object)
    if (findings.length > 0) return new InvalidCore(isSameObject(last, object) ? last : undefined, findings)
    const now = transform(normalized)
    return last !== undefined && isDeepStrictEqual(now, last) ? last : now
  }
}

/** A recreated object is another object. */
function isSameObject(last: NamedObject | undefined, { metadata }: RawObject): boolean {
  return last?.metadata.uid === metadata.uid
}

function checked(kind: CoreKind, object: RawObject) {
  const deep = tooDeep(object)
  if (deep) return { normalized: object, findings: [deep] }
  const normalized = withoutNullFields(kind, object)
  return { normalized, findings: typeFindings(kind, normalized) }
}

/** The valid objects; the same map if all are valid. */
export function validObjects<T extends NamedObject>(objects: ByName<ValidatedCore<T>>): ByName<T> {
  const valid = new Map<string, T>()
  let hasInvalid = false
  for (const [name, object] of objects) {
    const lastValid = object instanceof InvalidCore ? object.last : object
    hasInvalid ||= object instanceof InvalidCore
    if (lastValid !== undefined) valid.set(name, lastValid)
  }
  // Without invalid objects, it contains only T.
  return hasInvalid ? valid : (objects as ByName<T>)
}

/** `kind` as in manifests. */
export function invalidCoreProblems(
  kind: string,
  objects: ByName<ValidatedCore<NamedObject>>,
): readonly SourceProblem[] {
  return [...objects].flatMap(([name, object]) => {
    if (!(object instanceof InvalidCore)) return []
    const outcome = object.last ? 'its last valid version is kept' : 'it is ignored'
    return object.findings.map(({ path, message, help }) => ({
      where: `${kind}/${name}`,
      message: `${path}: ${message}; ${outcome}`,
      help,
    }))
  })
}
