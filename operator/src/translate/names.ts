/** Where on a proxy the objects of a resource are. What a name stands for is in the hash behind it; see `hashed`. */
import { createHash } from 'node:crypto'
import { RESOURCE_PREFIX } from '@l7mesh/proxy-client'
import type { KINDS, ResourceField } from '../kinds/kinds.ts'

/** Of a kind, or of what is grouped as if it were one. */
export type Plural = (typeof KINDS)[ResourceField | 'services']['plural'] | 'rulelists'

/** The base of all names of a resource: `…/namespaces/NS/PLURAL/NAME`. `key` is `NAMESPACE/NAME`. */
export function baseName(plural: Plural, key: string): string {
  const slash = key.indexOf('/')
  return `${RESOURCE_PREFIX}${safe(key.slice(0, slash))}/${plural}/${safe(key.slice(slash + 1))}`
}

/** The rulelist of a VirtualService. Constant: its sequence is edited in place. */
export function rulesName(key: string): string {
  return `${baseName('virtualservices', key)}/rules`
}

/**
 * The name of an endpoint: its cluster and address, and its port and weight where it has them, since they cannot be
 * changed in place either. That of a pod says that it is one: its sessions must leave it when the pod is gone.
 */
export function endpointName(cluster: string, { address, port, weight, isPod = false }: NamedPlace): string {
  const at = `${isPod ? POD : ''}${safe(address)}${port === undefined ? '' : `@p${port}`}`
  return `${cluster}/${at}${weight === 1 ? '' : `@w${weight}`}`
}

type NamedPlace = {
  readonly address: string
  readonly port?: number
  readonly weight: number
  readonly isPod?: boolean
}

const POD = 'pod/'

export function isPodEndpoint(name: string): boolean {
  return name.lastIndexOf(`/${POD}`) === name.lastIndexOf('/') - POD.length
}

/** The proxy takes names without whitespace, and mangles what is not ASCII. */
function safe(text: string): string {
  if (/^[!-~]{1,300}$/.test(text) && text !== '.' && text !== '..') return text
  return `x${createHash('sha256').update(text).digest('hex').slice(0, 20)}`
}
