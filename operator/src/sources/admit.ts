/**
 * What an API server does with a document before it stores it: find out what it is, fill in what is left out, refuse
 * what is wrong. Pure. Between the parser and the assembly; runs once for each document that changed.
 */
import type { Finding } from '@l7mesh/crds'
import { groupOf, isRecord, type Manifest, MESH_VERSION, objectKey, type Validate } from './manifest.ts'
import { shapeFindings } from './shapes.ts'
import { RESOURCE_KINDS, type ResourceKey, type ResourceKind } from './snapshot.ts'

/** An object of the folder. With findings it must not be used: an earlier good version of it stays in force. */
export type Admitted = {
  readonly tag: 'object'
  readonly key: string
  /** `GROUP/KIND` and `NAMESPACE/NAME`, the halves of the key. */
  readonly groupKind: string
  readonly name: string
  /** Set for the four kinds of l7mesh. */
  readonly resource: ResourceKey | undefined
  readonly manifest: Manifest
  readonly findings: readonly Finding[]
  /** What is wrong and does not matter: unknown fields outside of spec. They are not in the manifest any more. */
  readonly warnings: readonly Finding[]
}
/** A document of which one cannot even say what object it is. */
export type Refused = { readonly tag: 'refused'; readonly message: string; readonly help: string }

const OBJECT_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/
const NAMESPACE_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
/** Names of other kinds, such as a Role's, may hold more; these two would break paths made of them. */
const ANY_NAME = /^[^/%]+$/

export function admit(document: unknown, validate: Validate): Admitted | Refused {
  const read = toManifest(document)
  if (read.tag === 'refused') return read
  const manifest = withEndpoints(read.manifest)
  if (!manifest.apiVersion.startsWith('l7mp')) return admitted(manifest, undefined, [])
  if (manifest.apiVersion !== MESH_VERSION) return wrongVersion(manifest)
  const kind = RESOURCE_KINDS.find(name => name === manifest.kind)
  return kind ? admitResource(kind, manifest, validate) : unknownKind(manifest.kind)
}

function admitResource(kind: ResourceKind, manifest: Manifest, validate: Validate): Admitted {
  const verdict = validate(manifest)
  const { namespace, name } = manifest.metadata
  const resource: ResourceKey = `${kind}/${namespace}/${name}`
  if (!verdict.accepted) return admitted(manifest, resource, verdict.findings)
  const stored = toManifest(verdict.resource)
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
    findings: [...findings, ...shapeFindings(group, manifest)],
    warnings: [],
  }
}

function toManifest(document: unknown): { readonly tag: 'manifest'; readonly manifest: Manifest } | Refused {
  if (!isRecord(document)) return refused('not a Kubernetes object', 'Write apiVersion, kind and metadata.name.')
  const { apiVersion, kind } = document
  const metadata = withoutNulls(document.metadata)
  if (typeof kind !== 'string' || kind === '') return refused('has no kind', 'Write kind: VirtualService, for example.')
  if (typeof apiVersion !== 'string' || apiVersion === '')
    return refused(`${kind} has no apiVersion`, 'Write apiVersion: l7mp.io/v1 for the kinds of l7mesh.')
  if (typeof metadata.name !== 'string' || metadata.name === '')
    return refused(`${kind} has no metadata.name`, 'Give it a name that is a string; generateName is not for files.')
  const { name, namespace = 'default' } = metadata
  const legalName = groupOf(apiVersion).startsWith('l7mp') || kind === 'Pod' ? OBJECT_NAME : ANY_NAME
  if (!legalName.test(name))
    return refused(`${kind} has an illegal metadata.name "${name}"`, 'Use lower case letters, digits, - and .')
  if (typeof namespace !== 'string' || !NAMESPACE_NAME.test(namespace))
    return refused(`${kind} ${name} has an illegal metadata.namespace`, 'Use lower case letters, digits and -')
  return { tag: 'manifest', manifest: { ...document, apiVersion, kind, metadata: { ...metadata, name, namespace } } }
}

/** A null is a field left out: `creationTimestamp: null` is in whatever kubectl prints with --dry-run. */
function withoutNulls(metadata: unknown): Readonly<Record<string, unknown>> {
  return isRecord(metadata) ? Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null)) : {}
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
  const [nearest] = RESOURCE_KINDS.map(name => ({
    name,
    distance: editDistance(kind.toLowerCase(), name.toLowerCase()),
  }))
    .filter(({ name, distance }) => distance <= name.length / 2)
    .sort((a, b) => a.distance - b.distance)
  const help = nearest ? `Did you mean ${nearest.name}?` : `The kinds of ${MESH_VERSION}: ${RESOURCE_KINDS.join(', ')}.`
  return refused(`${MESH_VERSION} has no kind ${kind}`, help)
}

function refused(message: string, help: string): Refused {
  return { tag: 'refused', message, help }
}

/** Levenshtein's. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries())
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)))
    row = next
  }
  return row.at(-1) ?? 0
}

export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const part of Object.values(value)) deepFreeze(part)
  return value
}
