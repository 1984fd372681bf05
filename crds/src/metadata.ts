/**
 * The rules of Kubernetes for `metadata`: a schema for the types, and functions for the syntax of names, which no
 * schema describes.
 */
import { isRecord } from './conform.ts'
import type { Schema } from './crd.ts'
import type { Finding } from './finding.ts'
import { item, member } from './path.ts'

const text: Schema = { type: 'string' }
/** A null in such a map is treated as an empty string. */
const texts: Schema = { type: 'object', additionalProperties: { type: 'string', default: '' } }
const flag: Schema = { type: 'boolean' }
const integer: Schema = { type: 'integer' }

/** The fields of ObjectMeta (`k8s.io/apimachinery`, meta/v1). The contents of managedFields are not checked. */
export const METADATA: Schema = {
  type: 'object',
  properties: {
    name: text,
    generateName: text,
    namespace: text,
    selfLink: text,
    uid: text,
    resourceVersion: text,
    generation: integer,
    creationTimestamp: text,
    deletionTimestamp: text,
    deletionGracePeriodSeconds: integer,
    labels: texts,
    annotations: texts,
    ownerReferences: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          apiVersion: text,
          kind: text,
          name: text,
          uid: text,
          controller: flag,
          blockOwnerDeletion: flag,
        },
      },
    },
    finalizers: { type: 'array', items: text },
    managedFields: { type: 'array', items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
  },
}

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const WORD = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)$/

const HELP = {
  subdomain:
    'use at most 253 lower-case letters, digits, "-" and ".", with a letter or digit at both ends of each part',
  label: 'use at most 63 lower-case letters, digits and "-", with a letter or digit at both ends',
  value: 'use at most 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends',
  key: 'use NAME or PREFIX/NAME, where NAME has at most 63 letters, digits, "-", "_" and "." and PREFIX is a domain name',
} as const

const isSubdomain = (name: string): boolean => name.length <= 253 && SUBDOMAIN.test(name)
const isLabel = (name: string): boolean => name.length <= 63 && LABEL.test(name)
const isWord = (name: string): boolean => name.length <= 63 && WORD.test(name)
const isLabelValue = (value: string): boolean => value === '' || isWord(value)

function isQualified(key: string): boolean {
  const [first = '', second, ...more] = key.split('/')
  if (more.length > 0) return false
  return second === undefined ? isWord(first) : isSubdomain(first) && isWord(second)
}

/** The limit of an API server on the keys and values of all annotations, in bytes. */
const ANNOTATIONS_LIMIT = 256 * 1024

/** Checks the syntax of names, labels and annotations. Values of the wrong type are left to the schema. */
export function metadataFindings(metadata: unknown): readonly Finding[] {
  if (!isRecord(metadata)) return []
  return [
    ...nameFindings(metadata),
    ...namespaceFindings(metadata),
    ...timeFindings(metadata),
    ...labelFindings(metadata),
    ...annotationFindings(metadata),
    ...ownerFindings(metadata),
    ...finalizerFindings(metadata),
  ]
}

type Metadata = { readonly [key: string]: unknown }

/** Values of the wrong type are left to the schema and count as valid here. */
function nameFindings({ name = '', generateName = '' }: Metadata): readonly Finding[] {
  if (name === '' && generateName === '') {
    return [{ kind: 'Required', path: 'metadata.name', message: 'the object has no name', help: 'give it a name' }]
  }
  const isValid = typeof name !== 'string' || name === '' || isSubdomain(name)
  return [
    ...(isValidPrefix(generateName, name === '') ? [] : [spelling('generateName', String(generateName), 'subdomain')]),
    ...(isValid ? [] : [spelling('name', name, 'subdomain')]),
  ]
}

const isValidPrefix = (prefix: unknown, used: boolean): boolean =>
  typeof prefix !== 'string' || prefix === '' || (isPrefix(prefix) && (!used || isSubdomain(generatedName(prefix))))

/** Checks a prefix as an API server does: it may end in a dash. */
const isPrefix = (prefix: string): boolean =>
  isSubdomain(prefix.length > 1 && prefix.endsWith('-') ? `${prefix.slice(0, -2)}a` : prefix)

/** A name as an API server generates it: at most 58 characters of the prefix, and five random ones. */
const generatedName = (prefix: string): string => `${prefix.slice(0, 58)}aaaaa`

/** RFC 3339, as Go parses it. */
const TIME = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

function isTime(text: string): boolean {
  const day = TIME.exec(text)?.[1]
  if (day === undefined || Number.isNaN(Date.parse(text))) return false
  // February 30 is parsed as a day in March, which reads back as a different day.
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)
}

const timeFindings = (metadata: Metadata): readonly Finding[] =>
  ['creationTimestamp', 'deletionTimestamp'].flatMap((field): Finding[] => {
    const time = metadata[field]
    if (typeof time !== 'string' || isTime(time)) return []
    const message = `${JSON.stringify(time.slice(0, 80))} is not a time`
    return [
      { kind: 'WrongType', path: member('metadata', field), message, help: 'leave it out: the API server sets it' },
    ]
  })

function namespaceFindings({ namespace }: Metadata): readonly Finding[] {
  if (typeof namespace !== 'string' || namespace === '' || isLabel(namespace)) return []
  return [spelling('namespace', namespace, 'label')]
}

const labelFindings = ({ labels }: Metadata): readonly Finding[] =>
  strings(labels).flatMap(([key, value]) => [
    ...(isQualified(key) ? [] : [spelling(member('labels', key), key, 'key')]),
    ...(isLabelValue(value) ? [] : [spelling(member('labels', key), value, 'value')]),
  ])

function annotationFindings({ annotations }: Metadata): readonly Finding[] {
  const entries = strings(annotations)
  const size = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0)
  const keys = entries.filter(([key]) => !isQualified(key.toLowerCase()))
  return [
    ...keys.map(([key]) => spelling(member('annotations', key), key, 'key')),
    ...(size <= ANNOTATIONS_LIMIT ? [] : [tooLong(size)]),
  ]
}

const tooLong = (size: number): Finding => ({
  kind: 'TooMany',
  path: 'metadata.annotations',
  message: `the annotations have a total of ${size} bytes`,
  help: `reduce them to at most ${ANNOTATIONS_LIMIT} bytes`,
})

function ownerFindings({ ownerReferences }: Metadata): readonly Finding[] {
  if (!Array.isArray(ownerReferences)) return []
  const path = 'metadata.ownerReferences'
  const unnamed = ownerReferences.flatMap((owner, index) =>
    isRecord(owner) ? unnamedOwner(owner, item(path, index)) : [],
  )
  if (ownerReferences.filter(owner => isRecord(owner) && owner.controller === true).length < 2) return unnamed
  return [
    ...unnamed,
    { kind: 'Rule', path, message: 'two owners have controller set', help: 'set controller on only one of them' },
  ]
}

const unnamedOwner = (owner: Metadata, path: string): readonly Finding[] =>
  ['apiVersion', 'kind', 'name', 'uid']
    .filter(field => owner[field] === undefined || owner[field] === '')
    .map(field => ({
      kind: 'Required',
      path: member(path, field),
      message: 'the owner reference is incomplete',
      help: `set the ${field} of the owner`,
    }))

function finalizerFindings({ finalizers }: Metadata): readonly Finding[] {
  if (!Array.isArray(finalizers)) return []
  return finalizers.flatMap((name, index) =>
    typeof name !== 'string' || isQualified(name) ? [] : [spelling(item('finalizers', index), name, 'key')],
  )
}

const strings = (value: unknown): readonly (readonly [string, string])[] =>
  isRecord(value)
    ? Object.entries(value).flatMap(([key, entry]) => (typeof entry === 'string' ? [[key, entry] as const] : []))
    : []

const spelling = (path: string, found: string, help: keyof typeof HELP): Finding => ({
  kind: 'Name',
  path: `metadata.${path}`,
  message: `${JSON.stringify(found.slice(0, 80))} is not allowed`,
  help: HELP[help],
})
