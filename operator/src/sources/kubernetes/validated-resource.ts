/**
 * A resource as an API server holds it. What it holds was admitted by the CRD of its day, which may have been an older
 * one, and unknown fields of its spec are only refused by a policy, which may not be there: so it is checked again here, at
 * the border, and where the newest version is no good the last good one stays in force. Pure.
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
  /** The newest version that is good; undefined where there has been none. */
  readonly inForce: T | undefined
  /** Why the newest version is not used. */
  readonly findings: readonly Finding[]
  /** The same object for as long as the status is the same. */
  readonly live: LiveResource
  readonly metadata: ObjectMeta
  /** Whether kubectl left fields without a value out of a selector: a change of that alone counts as no new version. */
  readonly isLessThanWritten: boolean
}

/** What the API server holds besides what is wanted. */
export type LiveResource = { readonly uid: string; readonly status: unknown }

/** A check of resources of one kind, as a reflector takes it. */
export function resourceValidator<T extends Resource>(kind: T['kind'] & ResourceKind, validate: Validate) {
  return (object: RawObject, before: ValidatedResource<T> | undefined): ValidatedResource<T> => {
    const metadata = metadataOf(object)
    const live = liveOf(object, before?.live)
    // The API server counts versions of the spec in `generation`.
    const spec = specAsApplied(object)
    const isLessThanWritten = spec !== object.spec
    if (before?.isLessThanWritten === isLessThanWritten && isDeepStrictEqual(metadata, before.metadata)) {
      return live === before.live ? before : { ...before, live }
    }
    const deep = tooDeep(object.spec)
    const verdict: Verdict = deep
      ? { accepted: false, findings: [deep] }
      : validate({ apiVersion: MESH_VERSION, kind, metadata, spec })
    const held = { live, metadata, isLessThanWritten }
    if (!verdict.accepted) return { ...held, inForce: lastGood(before, metadata), findings: verdict.findings }
    const { resource } = verdict
    const inForce = isOfKind<T>(resource, kind) ? deepFreeze(resource) : undefined
    return { ...held, inForce, findings: [] }
  }
}

/** One that was deleted and made anew is another resource: nothing of the old one stays. */
function lastGood<T extends Resource>(before: ValidatedResource<T> | undefined, { uid }: ObjectMeta): T | undefined {
  return before?.metadata.uid === uid ? before?.inForce : undefined
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
