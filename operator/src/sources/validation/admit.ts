/**
 * Admits documents like an API server: identifies the object, sets defaults, and rejects invalid documents. Pure. Runs
 * between parser and assembly, once for each changed document.
 */
import { type Finding, nearest } from '@l7mesh/crds'
import { messageOf } from '../../user-error.ts'
import { groupOf, type Manifest, MESH_VERSION, objectKey, type Validate } from '../manifest.ts'
import { RESOURCE_KINDS, type ResourceKey, type ResourceKind } from '../snapshot.ts'
import { type Foreign, identify, type Refused, refused } from './identity.ts'
import { shapeFindings, withoutNullFields } from './shapes.ts'

/** An object of the folder. If it has findings it is invalid, and its last valid version is kept. */
export type Admitted = {
  readonly tag: 'object'
  readonly key: string
  /** `GROUP/KIND` and `NAMESPACE/NAME`, the two parts of the key. */
  readonly groupKind: string
  readonly name: string
  /** Set for kinds of l7mesh. */
  readonly resource: ResourceKey | undefined
  readonly manifest: Manifest
  readonly findings: readonly Finding[]
  /**
   * Mistakes that do not invalidate the object: unknown fields outside spec, which have been removed from the manifest.
   */
  readonly warnings: readonly Finding[]
}

/** Never throws: an unexpected exception is a mistake of that document. */
export function admit(document: unknown, validate: Validate): Admitted | Refused | Foreign {
  try {
    return admitAny(document, validate)
  } catch (error) {
    const message = messageOf(error)
    return refused(`cannot be read: ${message}`, 'Correct the document, or remove it from the folder.')
  }
}

function admitAny(document: unknown, validate: Validate): Admitted | Refused | Foreign {
  const read = identify(document)
  if (read.tag !== 'manifest') return read
  const { manifest } = read
  const { apiVersion, kind } = manifest
  if (!apiVersion.startsWith('l7mp')) return admitOther(manifest)
  if (apiVersion !== MESH_VERSION) return wrongVersion(manifest)
  const resourceKind = RESOURCE_KINDS.find(name => name === kind)
  return resourceKind ? admitResource(resourceKind, manifest, validate) : unknownKind(kind)
}

function admitOther(manifest: Manifest): Admitted {
  const groupKind = `${groupOf(manifest.apiVersion)}/${manifest.kind}`
  const normalized = withEndpoints(withoutNullFields(groupKind, manifest))
  return admitted(normalized, undefined, shapeFindings(groupKind, normalized))
}

function admitResource(kind: ResourceKind, manifest: Manifest, validate: Validate): Admitted {
  const verdict = validate(manifest)
  const { namespace, name } = manifest.metadata
  const resource: ResourceKey = `${kind}/${namespace}/${name}`
  if (!verdict.accepted) return admitted(manifest, resource, verdict.findings)
  const stored = identify(verdict.resource)
  return {
    ...admitted(stored.tag === 'manifest' ? stored.manifest : manifest, resource, []),
    warnings: verdict.findings,
  }
}

function admitted(manifest: Manifest, resource: ResourceKey | undefined, findings: readonly Finding[]): Admitted {
  const group = groupOf(manifest.apiVersion)
  return {
    tag: 'object',
    key: objectKey(manifest),
    groupKind: `${group}/${manifest.kind}`,
    name: `${manifest.metadata.namespace}/${manifest.metadata.name}`,
    resource,
    manifest: deepFreeze(manifest),
    findings,
    warnings: [],
  }
}

/** Kubernetes itself writes null for a slice without endpoints. */
function withEndpoints(manifest: Manifest): Manifest {
  if (manifest.kind !== 'EndpointSlice') return manifest
  return { ...manifest, endpoints: manifest.endpoints ?? [] }
}

function wrongVersion({ apiVersion, kind }: Manifest): Refused {
  return refused(`${kind} has the unknown apiVersion ${apiVersion}`, `Write apiVersion: ${MESH_VERSION}`)
}

function unknownKind(kind: string): Refused {
  const meant = nearest(kind, RESOURCE_KINDS)
  const help = meant ? `Did you mean ${meant}?` : `The kinds of ${MESH_VERSION} are ${RESOURCE_KINDS.join(', ')}.`
  return refused(`${MESH_VERSION} has no kind ${kind}`, help)
}

export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const part of Object.values(value)) deepFreeze(part)
  return value
}
