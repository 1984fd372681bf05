/**
 * Which object a document is: its apiVersion, kind, namespace and name, as an API server wants them. Pure. First half of
 * what admit.ts does. Files of other tools lie in folders of manifests too, and are no mistake: they are told apart here.
 */
import { type FindingKind, isRecord, nearest } from '@l7mesh/crds'
import { groupOf, type Manifest } from '../manifest.ts'
import { RESOURCE_KINDS } from '../snapshot.ts'
import { isCoreKind } from './core-schemas.ts'

/** A document of which one cannot even say what object it is. `kind` and `path`: what is wrong, where it is one field. */
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
    return refused('has no kind', `Write kind: VirtualService, for example.${spelled(document, 'kind')}`)
  if (!isGiven(apiVersion))
    return refused(
      `${kind} has no apiVersion`,
      `Write apiVersion: l7mp.io/v1 for the kinds of l7mesh.${spelled(document, 'apiVersion')}`,
    )
  if (metadata !== undefined && metadata !== null && !isRecord(metadata))
    return refused(`${kind} has metadata that is not an object`, 'Write metadata: {name: NAME}.', 'WrongType')
  const named = nameOf(apiVersion, kind, withoutNulls(metadata ?? {}))
  if ('tag' in named) return named
  return { tag: 'manifest', manifest: { ...document, apiVersion, kind, metadata: named } }
}

/** The metadata with name and namespace as an API server would have them. */
function nameOf(apiVersion: string, kind: string, metadata: RawFields): Manifest['metadata'] | Refused {
  const { name, namespace = 'default', generateName } = metadata
  if (name === undefined || name === '') return nameless(kind, generateName)
  if (typeof name !== 'string') return noText(kind, 'name', name)
  const spelling = spellingOf(`${groupOf(apiVersion)}/${kind}`)
  if (!spelling.isRight(name))
    return refused(`${kind} has an invalid metadata.name "${shorten(name)}"`, spelling.help, 'Name')
  if (typeof namespace !== 'string') return noText(`${kind} ${name}`, 'namespace', namespace)
  if (!LABEL.test(namespace))
    return refused(`${kind} ${name} has an invalid metadata.namespace "${shorten(namespace)}"`, LABEL_HELP, 'Name')
  return { ...metadata, name, namespace }
}

function nameless(kind: string, generateName: unknown): Refused {
  if (generateName === undefined) return refused(`${kind} has no metadata.name`, 'Give it a name.', 'Required')
  const help =
    'Give it a metadata.name: each time the file is read it would be another object. kubectl apply refuses it too.'
  return refused(`${kind} has no metadata.name, only generateName`, help, 'Required')
}

function noText(what: string, field: string, value: unknown): Refused {
  const isSingle = typeof value === 'number' || typeof value === 'boolean'
  const help = isSingle ? `Put it in quotes: ${field}: "${value}".` : `Write ${field}: NAME.`
  const found = isSingle ? `${value} is a ${typeof value}` : 'it is an object or a list'
  const message = `${what} has a metadata.${field} that is not a string: ${found}`
  return { ...refused(message, help, 'WrongType'), path: `metadata.${field}` }
}

type NameForm = { readonly isRight: (name: string) => boolean; readonly help: string }

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const LABEL_HELP = 'Use at most 63 lower case letters, digits and -, with a letter or digit at both ends.'
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

const AS_DOMAIN: NameForm = {
  isRight: name => SUBDOMAIN.test(name),
  help: 'Use at most 253 lower case letters, digits, - and ., with a letter or digit at both ends of each part.',
}
const AS_LABEL: NameForm = { isRight: name => LABEL.test(name), help: LABEL_HELP }
/** What is no part of a path would break paths that are made of names. */
const AS_PATH: NameForm = {
  isRight: name => /^[^/%]+$/.test(name) && name !== '.' && name !== '..',
  help: 'Use no / and no %.',
}

/** Names of kinds that nobody reads here, such as a Role's, may hold more. */
function spellingOf(groupKind: string): NameForm {
  if (groupKind === '/Service' || groupKind === '/Namespace') return AS_LABEL
  const isKnown = isCoreKind(groupKind) || groupKind.startsWith('l7mp')
  return isKnown || NAMED_AS_DOMAINS.has(groupKind) ? AS_DOMAIN : AS_PATH
}

const NAMED_AS_DOMAINS: ReadonlySet<string> = new Set(['/ConfigMap', '/Secret', '/ServiceAccount', 'batch/Job'])

/**
 * A document is of another tool where nothing in it says that it is meant as an object: what says so is a kind of the mesh
 * or of the pods that it is made of, an apiVersion of ours, or a name in its metadata.
 */
function isForeign(document: RawFields): boolean {
  const apiVersion = textAt(document, 'apiVersion')
  const kind = textAt(document, 'kind')
  if (groupOf(apiVersion) === 'kustomize.config.k8s.io') return true
  const isOurs = RESOURCE_KINDS.some(name => name.toLowerCase() === kind.toLowerCase())
  if (apiVersion.startsWith('l7mp') || (isOurs && apiVersion === '') || OWN_KINDS.has(kind)) return false
  const { metadata } = document
  if (apiVersion === '' && kind === '') return !(isRecord(metadata) && isRecord(document.spec))
  return !(isRecord(metadata) && ('name' in metadata || 'generateName' in metadata))
}

const OWN_KINDS: ReadonlySet<string> = new Set([
  ...['Pod', 'Service', 'Endpoints', 'EndpointSlice', 'Node', 'Namespace', 'ConfigMap', 'Secret'],
  ...['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'],
])

/** Whatever the letters of its name are: `Kind: VirtualService` is a mistake, and no file of another tool. */
function textAt(document: RawFields, field: string): string {
  const [, value] = Object.entries(document).find(([key]) => key.toLowerCase() === field.toLowerCase()) ?? []
  return typeof value === 'string' ? value : ''
}

function spelled(document: RawFields, field: string): string {
  const near = nearest(
    field,
    Object.keys(document).filter(key => key !== field),
  )
  return near === undefined ? '' : ` There is ${near}: write ${field}.`
}

function isGiven(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** A null is a field left out: `creationTimestamp: null` is in whatever kubectl prints with --dry-run. */
function withoutNulls(metadata: RawFields): RawFields {
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null))
}

function shorten(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name
}

export function refused(message: string, help: string, kind?: FindingKind): Refused {
  return { tag: 'refused', message, help, ...(kind && { kind }) }
}
