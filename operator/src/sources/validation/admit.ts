/**
 * What an API server does with a document before it stores it: find out what it is, fill in what is left out, refuse
 * what is wrong. Pure. Between the parser and the assembly; runs once for each document that changed.
 */
import { type Finding, nearest } from '@l7mesh/crds'
import { messageOf } from '../../user-error.ts'
import { groupOf, type Manifest, MESH_VERSION, objectKey, type Validate } from '../manifest.ts'
import { RESOURCE_KINDS, type ResourceKey, type ResourceKind } from '../snapshot.ts'
import { type Foreign, identify, type Refused, refused } from './identity.ts'
import { shapeFindings, withoutNullFields } from './shapes.ts'

/** An object of the folder. With findings it must not be used: an earlier good version of it stays in force. */
export type Admitted = {
  readonly tag: 'object'
  readonly key: string
  /** `GROUP/KIND` and `NAMESPACE/NAME`, the halves of the key. */
  readonly groupKind: string
  readonly name: string
  /** Set for the kinds of l7mesh. */
  readonly resource: ResourceKey | undefined
  readonly manifest: Manifest
  readonly findings: readonly Finding[]
  /** What is wrong and does not matter: unknown fields outside of spec. They are not in the manifest any more. */
  readonly warnings: readonly Finding[]
}

/** Never throws: what nobody has thought of is a mistake of that document too. */
export function admit(document: unknown, validate: Validate): Admitted | Refused | Foreign {
  try {
    return admitAny(document, validate)
  } catch (error) {
    const message = messageOf(error)
    return refused(`cannot be read: ${message}`, 'Correct the document, or take it out of the folder.')
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
  const whole = withEndpoints(withoutNullFields(groupKind, manifest))
  return admitted(whole, undefined, shapeFindings(groupKind, whole))
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

/** A slice without endpoints is written as null by Kubernetes itself. */
function withEndpoints(manifest: Manifest): Manifest {
  if (manifest.kind !== 'EndpointSlice') return manifest
  return { ...manifest, endpoints: manifest.endpoints ?? [] }
}

function wrongVersion({ apiVersion, kind }: Manifest): Refused {
  return refused(
    `${kind} has apiVersion ${apiVersion}, which l7mesh does not know`,
    `Write apiVersion: ${MESH_VERSION}`,
  )
}

function unknownKind(kind: string): Refused {
  const meant = nearest(kind, RESOURCE_KINDS)
  const help = meant ? `Did you mean ${meant}?` : `The kinds of ${MESH_VERSION}: ${RESOURCE_KINDS.join(', ')}.`
  return refused(`${MESH_VERSION} has no kind ${kind}`, help)
}

export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const part of Object.values(value)) deepFreeze(part)
  return value
}
