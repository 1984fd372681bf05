/**
 * What the rest of the operator relies on in Kubernetes' own kinds, checked where they enter from files: an API server
 * would have refused the rest. Pure. The four kinds of l7mesh are checked against their CRDs instead.
 */
import type { Finding } from '@l7mesh/crds'
import { isRecord, type Manifest } from './manifest.ts'

type Check = { readonly path: string; readonly holds: (manifest: Manifest) => boolean; readonly help: string }

const isText = (value: unknown) => typeof value === 'string'
const isTextMap = (value: unknown) => value === undefined || (isRecord(value) && Object.values(value).every(isText))
const isListOf = (value: unknown, holds: (item: Readonly<Record<string, unknown>>) => boolean) =>
  Array.isArray(value) && value.every(item => isRecord(item) && holds(item))
const isOptionalListOf: typeof isListOf = (value, holds) => value === undefined || isListOf(value, holds)
const field = (value: unknown, name: string) => (isRecord(value) ? value[name] : undefined)

const SPEC: Check = { path: 'spec', holds: ({ spec }) => isRecord(spec), help: 'Write an object.' }

const EVERY_KIND: readonly Check[] = [
  {
    path: 'metadata.labels',
    holds: ({ metadata }) => isTextMap(metadata.labels),
    help: 'Put values in quotes: a label is a string.',
  },
  {
    path: 'metadata.annotations',
    holds: ({ metadata }) => isTextMap(metadata.annotations),
    help: 'Put values in quotes: an annotation is a string.',
  },
]

const BY_KIND: Readonly<Record<string, readonly Check[]>> = {
  '/Pod': [
    SPEC,
    {
      path: 'spec.containers',
      holds: ({ spec }) => isListOf(field(spec, 'containers'), isContainer),
      help: 'Write a list of containers, each with a name; a port of it has a containerPort.',
    },
    {
      path: 'status',
      holds: ({ status }) => status === undefined || isRecord(status),
      help: 'Write an object, or leave it out.',
    },
  ],
  '/Service': [
    SPEC,
    {
      path: 'spec.ports',
      holds: ({ spec }) => isOptionalListOf(field(spec, 'ports'), port => typeof port.port === 'number'),
      help: 'Write a list of ports, each with a number as its port.',
    },
    {
      path: 'spec.selector',
      holds: ({ spec }) => isTextMap(field(spec, 'selector')),
      help: 'Write labels; their values are strings.',
    },
  ],
  'discovery.k8s.io/EndpointSlice': [
    {
      path: 'addressType',
      holds: ({ addressType }) => addressType === 'IPv4' || addressType === 'IPv6' || addressType === 'FQDN',
      help: 'Write IPv4, IPv6 or FQDN.',
    },
    {
      path: 'endpoints',
      holds: ({ endpoints }) =>
        isOptionalListOf(
          endpoints ?? undefined,
          ({ addresses }) => Array.isArray(addresses) && addresses.every(isText),
        ),
      help: 'Write a list of endpoints, each with a list of addresses.',
    },
    {
      path: 'ports',
      holds: ({ ports }) => isOptionalListOf(ports, ({ port }) => port === undefined || typeof port === 'number'),
      help: 'Write a list of ports; the port of each is a number.',
    },
  ],
}

function isContainer({ name, ports }: Readonly<Record<string, unknown>>): boolean {
  return isText(name) && isOptionalListOf(ports, port => typeof port.containerPort === 'number')
}

export function shapeFindings(group: string, manifest: Manifest): readonly Finding[] {
  return [...EVERY_KIND, ...(BY_KIND[`${group}/${manifest.kind}`] ?? [])]
    .filter(check => !check.holds(manifest))
    .map(({ path, help }) => ({ path, message: 'it is missing or malformed', help, kind: 'WrongType' }))
}
