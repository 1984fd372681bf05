/** Names: keys of resources, and names of their objects on a proxy. The latter end with a hash of the content; see `hashed`. */
import { createHash } from 'node:crypto'
import { RESOURCE_PREFIX } from '@l7mesh/proxy-client'
import type { KINDS, ResourceField } from '../kinds/kinds.ts'
import type { ResourceKey, ResourceKind } from '../sources/snapshot.ts'

/** The key of a resource in statuses and parts. */
export function resourceKey(kind: ResourceKind, key: string): ResourceKey {
  // Keys of a snapshot are NAMESPACE/NAME.
  return `${kind}/${key}` as ResourceKey
}

/** For messages: `KIND NAMESPACE/NAME`. */
export function titleOf(resource: ResourceKey): string {
  return resource.replace('/', ' ')
}

/** Of a key `NAMESPACE/NAME`. A namespace has no slash. */
export function namespaceOf(key: string): string {
  return key.slice(0, key.indexOf('/'))
}

export function nameOf(key: string): string {
  return key.slice(key.indexOf('/') + 1)
}

/** The plural of a kind, or of a group of objects with names like those of a kind. */
export type Plural = (typeof KINDS)[ResourceField | 'services']['plural'] | 'rulelists'

/** The base of all names of a resource: `…/namespaces/NS/PLURAL/NAME`. `key` is `NAMESPACE/NAME`. */
export function baseName(plural: Plural, key: string): string {
  return `${RESOURCE_PREFIX}${safe(namespaceOf(key))}/${plural}/${safe(nameOf(key))}`
}

/** The rulelist of a VirtualService. Its name is constant: its list of rules is edited in place. */
export function rulesName(key: string): string {
  return `${baseName('virtualservices', key)}/rules`
}

/**
 * The name of an endpoint: its cluster and address, and its port and weight if set, because they cannot be changed in
 * place either. The endpoint of a pod is marked: its sessions must leave it when the pod is deleted.
 */
export function endpointName(cluster: string, { address, port, weight, isPod = false }: EndpointParts): string {
  const at = `${isPod ? POD : ''}${safe(address)}${port === undefined ? '' : `@p${port}`}`
  return `${cluster}/${at}${weight === 1 ? '' : `@w${weight}`}`
}

type EndpointParts = {
  readonly address: string
  readonly port?: number
  readonly weight: number
  readonly isPod?: boolean
}

const POD = 'pod/'

export function isPodEndpoint(name: string): boolean {
  return name.lastIndexOf(`/${POD}`) === name.lastIndexOf('/') - POD.length
}

/** The proxy accepts names without whitespace, and corrupts characters beyond ASCII. */
function safe(text: string): string {
  if (/^[!-~]{1,300}$/.test(text) && text !== '.' && text !== '..') return text
  return `x${createHash('sha256').update(text).digest('hex').slice(0, 20)}`
}
