/**
 * Identifies the object of a document by apiVersion, kind, namespace and name, with the rules of an API server. Pure.
 * First half of admission (admit.ts). Files of other tools in a folder of manifests are not a mistake; they are
 * recognized here.
 */
import { type FindingKind, isRecord, nearest } from '@l7mesh/crds'
import { groupOf, type Manifest } from '../manifest.ts'
import { RESOURCE_KINDS } from '../snapshot.ts'
import { isCoreKind } from './core-schemas.ts'

/** A document whose object cannot be identified. `kind` and `path` are set if a single field is wrong. */
export type Refused = {
  readonly tag: 'refused'
  readonly kind?: FindingKind
  readonly path?: string
  readonly message: string
  readonly help: string
}
/** A document of another tool. */
export type Foreign = { readonly tag: 'foreign' }
export type Identified = { readonly tag: 'manifest'; readonly manifest: Manifest }

type RawFields = Readonly<Record<string, unknown>>

export function identify(document: unknown): Identified | Refused | Foreign {
  if (!isRecord(document)) return refused('not a Kubernetes object', 'Write apiVersion, kind and metadata.name.')
  if (isForeign(document)) return { tag: 'foreign' }
  const { apiVersion, kind, metadata } = document
  if (!isGiven(kind))
    return refused('has no kind', `Write kind: VirtualService, for example.${misspelling(document, 'kind')}`)
  if (!isGiven(apiVersion))
    return refused(
      `${kind} has no apiVersion`,
      `Write apiVersion: l7mp.io/v1 for the kinds of l7mesh.${misspelling(document, 'apiVersion')}`,
    )
  if (metadata !== undefined && metadata !== null && !isRecord(metadata))
    return refused(`${kind} has metadata that is not an object`, 'Write metadata: {name: NAME}.', 'WrongType')
  const named = nameOf(apiVersion, kind, withoutNulls(metadata ?? {}))
  if ('tag' in named) return named
  return { tag: 'manifest', manifest: { ...document, apiVersion, kind, metadata: named } }
}

/** Returns the metadata with the name and namespace that an API server would set. */
function nameOf(apiVersion: string, kind: string, metadata: RawFields): Manifest['metadata'] | Refused {
  const { name, namespace = 'default', generateName } = metadata
  if (name === undefined || name === '') return nameless(kind, generateName)
  if (typeof name !== 'string') return nonString(kind, 'name', name)
  const form = nameFormOf(`${groupOf(apiVersion)}/${kind}`)
  if (!form.isValid(name)) return refused(`${kind} has an invalid metadata.name "${shorten(name)}"`, form.help, 'Name')
  if (typeof namespace !== 'string') return nonString(`${kind} ${name}`, 'namespace', namespace)
  if (!LABEL.test(namespace))
    return refused(`${kind} ${name} has an invalid metadata.namespace "${shorten(namespace)}"`, LABEL_HELP, 'Name')
  return { ...metadata, name, namespace }
}

function nameless(kind: string, generateName: unknown): Refused {
  if (generateName === undefined) return refused(`${kind} has no metadata.name`, 'Set metadata.name.', 'Required')
  const help =
    'Set metadata.name: with generateName, each read of the file would create another object. kubectl apply rejects it, too.'
  return refused(`${kind} has no metadata.name, only generateName`, help, 'Required')
}

function nonString(subject: string, field: string, value: unknown): Refused {
  const isSingle = typeof value === 'number' || typeof value === 'boolean'
  const help = isSingle ? `Put it in quotes: ${field}: "${value}".` : `Write ${field}: NAME.`
  const found = isSingle ? `${value} is a ${typeof value}` : 'it is an object or a list'
  const message = `${subject} has a metadata.${field} that is not a string: ${found}`
  return { ...refused(message, help, 'WrongType'), path: `metadata.${field}` }
}

type NameForm = { readonly isValid: (name: string) => boolean; readonly help: string }

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const LABEL_HELP = 'Use at most 63 lower case letters, digits and -, with a letter or digit at both ends.'
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

const DOMAIN_NAME: NameForm = {
  isValid: name => SUBDOMAIN.test(name),
  help: 'Use at most 253 lower case letters, digits, - and ., with a letter or digit at both ends of each part.',
}
const LABEL_NAME: NameForm = { isValid: name => LABEL.test(name), help: LABEL_HELP }
/** A name that is not a valid path segment would break paths that contain it. */
const PATH_SEGMENT_NAME: NameForm = {
  isValid: name => /^[^/%]+$/.test(name) && name !== '.' && name !== '..',
  help: 'Do not use / or %.',
}

/** Other kinds, such as Role, allow more characters. */
function nameFormOf(groupKind: string): NameForm {
  if (groupKind === '/Service' || groupKind === '/Namespace') return LABEL_NAME
  const isKnown = isCoreKind(groupKind) || groupKind.startsWith('l7mp')
  return isKnown || KINDS_WITH_DOMAIN_NAMES.has(groupKind) ? DOMAIN_NAME : PATH_SEGMENT_NAME
}

const KINDS_WITH_DOMAIN_NAMES: ReadonlySet<string> = new Set(['/ConfigMap', '/Secret', '/ServiceAccount', 'batch/Job'])

/**
 * A document belongs to another tool unless something identifies it as an object: a kind of the mesh or of its pods, an
 * apiVersion of l7mesh, or a name in its metadata.
 */
function isForeign(document: RawFields): boolean {
  const apiVersion = textAt(document, 'apiVersion')
  const kind = textAt(document, 'kind')
  if (groupOf(apiVersion) === 'kustomize.config.k8s.io') return true
  const isMeshKind = RESOURCE_KINDS.some(name => name.toLowerCase() === kind.toLowerCase())
  if (apiVersion.startsWith('l7mp') || (isMeshKind && apiVersion === '') || OWN_KINDS.has(kind)) return false
  const { metadata } = document
  if (apiVersion === '' && kind === '') return !(isRecord(metadata) && isRecord(document.spec))
  return !(isRecord(metadata) && ('name' in metadata || 'generateName' in metadata))
}

const OWN_KINDS: ReadonlySet<string> = new Set([
  ...['Pod', 'Service', 'Endpoints', 'EndpointSlice', 'Node', 'Namespace', 'ConfigMap', 'Secret'],
  ...['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'],
])

/** Ignores the case of the field name: `Kind: VirtualService` is a mistake, not a file of another tool. */
function textAt(document: RawFields, field: string): string {
  const [, value] = Object.entries(document).find(([key]) => key.toLowerCase() === field.toLowerCase()) ?? []
  return typeof value === 'string' ? value : ''
}

function misspelling(document: RawFields, field: string): string {
  const near = nearest(
    field,
    Object.keys(document).filter(key => key !== field),
  )
  return near === undefined ? '' : ` Did you mean ${field} instead of ${near}?`
}

function isGiven(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** A null counts as a missing field: `kubectl --dry-run` prints `creationTimestamp: null`. */
function withoutNulls(metadata: RawFields): RawFields {
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null))
}

function shorten(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name
}

export function refused(message: string, help: string, kind?: FindingKind): Refused {
  return { tag: 'refused', message, help, ...(kind && { kind }) }
}
