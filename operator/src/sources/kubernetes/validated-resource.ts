/**
 * Validates resources of an API server. Stored resources were validated by the CRD of their time, possibly an older
 * one, and unknown fields in their spec are rejected only by a policy that may not be installed. Resources are
 * therefore validated again here, and the last valid version is kept while the latest one is invalid. Pure.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Finding, ObjectMeta, Verdict } from '@l7mesh/crds'
import { transformMetadata } from '../../kinds/transform.ts'
import type { RawObject } from '../../raw-object.ts'
import { MESH_VERSION, type Validate } from '../manifest.ts'
import type { Resource, ResourceKind } from '../snapshot.ts'
import { deepFreeze } from '../validation/admit.ts'
import { tooDeep } from '../validation/depth.ts'
import { specAsApplied } from './last-applied.ts'

export type ValidatedResource<T extends Resource> = {
  /** The last valid version; undefined if there is none. */
  readonly lastValid: T | undefined
  /** The findings of the latest version, if it is invalid. */
  readonly findings: readonly Finding[]
  /** Keeps its identity until the status changes. */
  readonly live: LiveResource
  readonly metadata: ObjectMeta
  /**
   * Whether kubectl removed fields without a value from a selector: a change of only that does not change the
   * generation.
   */
  readonly hasLostFields: boolean
}

/** The observed state at the API server. */
export type LiveResource = { readonly uid: string; readonly status: unknown }

/** Returns the `keep` function of a reflector for resources of one kind. */
export function resourceValidator<T extends Resource>(kind: T['kind'] & ResourceKind, validate: Validate) {
  return (object: RawObject, before: ValidatedResource<T> | undefined): ValidatedResource<T> => {
    const metadata = metadataOf(object)
    const live = liveOf(object, before?.live)
    // The API server counts versions of the spec in `generation`.
    const spec = specAsApplied(object)
    const hasLostFields = spec !== object.spec
    if (before?.hasLostFields === hasLostFields && isDeepStrictEqual(metadata, before.metadata)) {
      return live === before.live ? before : { ...before, live }
    }
    const deep = tooDeep(object.spec)
    const verdict: Verdict = deep
      ? { accepted: false, findings: [deep] }
      : validate({ apiVersion: MESH_VERSION, kind, metadata, spec })
    const common = { live, metadata, hasLostFields }
    if (!verdict.accepted) return { ...common, lastValid: previousValid(before, metadata), findings: verdict.findings }
    const { resource } = verdict
    const lastValid = isOfKind<T>(resource, kind) ? deepFreeze(resource) : undefined
    return { ...common, lastValid, findings: [] }
  }
}

/** A recreated object is another resource: nothing of the old one is kept. */
function previousValid<T extends Resource>(
  before: ValidatedResource<T> | undefined,
  { uid }: ObjectMeta,
): T | undefined {
  return before?.metadata.uid === uid ? before?.lastValid : undefined
}

function metadataOf(object: RawObject): ObjectMeta {
  const { generation, ownerReferences } = object.metadata as ObjectMeta & RawObject['metadata']
  return {
    ...transformMetadata(object),
    ...(generation !== undefined && { generation }),
    ...(ownerReferences !== undefined && { ownerReferences }),
  }
}

function liveOf({ metadata, status }: RawObject, before: LiveResource | undefined): LiveResource {
  const live = { uid: typeof metadata.uid === 'string' ? metadata.uid : '', status }
  return isDeepStrictEqual(live, before) && before ? before : live
}

function isOfKind<T extends Resource>(resource: Resource, kind: T['kind']): resource is T {
  return resource.kind === kind
}
