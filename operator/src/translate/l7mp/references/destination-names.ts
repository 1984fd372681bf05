/** Resolves a `destinationRef` or `clusterRef`: to a Target, else a VirtualService, else a Service. */
import type { ProblemReason } from '../../desired.ts'
import type { Lookup } from '../../lookup/lookup.ts'
import { keyOfReference, parseDnsName, parseReference, type RefKind, VALID_FORMS } from '../../lookup/references.ts'

const KINDS = ['Target', 'VirtualService', 'Service'] as const
type Kind = (typeof KINDS)[number]

export type NamedDestination = { readonly kind: Kind; readonly key: string; readonly port: string | undefined }
type Unresolved = { readonly reason: ProblemReason; readonly message: string }

/** The context of a reference: the namespace of its resource and, if known, the rulelist of its rule. */
type Origin = { readonly namespace: string; readonly list: string | undefined }

/** Users of the original operator refer to objects in the config files of their proxies. */
const NOT_SEEN = " l7mesh does not see clusters in a proxy's own config file: create a Target of that name."

/**
 * A name without a kind never means the VirtualService whose rule contains it, nor a Target that is linked to it: a
 * VirtualService often has the name of the Service behind it.
 */
export function destinationNamed(
  text: string,
  { namespace, list }: Origin,
  lookup: Lookup,
): NamedDestination | Unresolved {
  const reference = parseReference(text, namespace)
  if (reference === undefined || (reference.kind !== undefined && !isDestination(reference.kind)))
    return {
      reason: 'InvalidRef',
      message: `${JSON.stringify(text)} is not a valid reference to a Target, VirtualService or Service. ${VALID_FORMS}`,
    }
  const { kind: given, port } = reference
  const key = keyOfReference(reference)
  const kinds = port === undefined ? KINDS : (['Service'] as const)
  const existing = kinds.filter(kind => (given ?? kind) === kind && exists(kind, key, lookup))
  const kind = existing.find(one => given !== undefined || !standsFor(one, key, list, lookup))
  if (kind !== undefined) return { kind, key, port }
  if (existing.length === 0) return serviceByDnsName(text, `${given ?? alternatives(kinds)} ${key} not found`, lookup)
  const others = alternatives(kinds.filter(one => !existing.includes(one)))
  return {
    reason: 'RouteCycle',
    message: `${JSON.stringify(text)} refers to VirtualService ${list} itself, and ${others} ${key} was not found.`,
  }
}

/** A name of a cluster in a proxy's config file has no namespace and no port. */
function isShort(text: string): boolean {
  return !/[/:]/.test(text)
}

function serviceByDnsName(text: string, otherwise: string, lookup: Lookup): NamedDestination | Unresolved {
  const reference = parseDnsName(text)
  if (reference === undefined)
    return { reason: 'RefNotFound', message: `${otherwise}.${isShort(text) ? NOT_SEEN : ''}` }
  const key = keyOfReference(reference)
  if (exists('Service', key, lookup)) return { kind: 'Service', key, port: reference.port }
  return { reason: 'RefNotFound', message: `${otherwise}, nor Service ${key}.` }
}

function exists(kind: Kind, key: string, lookup: Lookup): boolean {
  switch (kind) {
    case 'Target':
      return lookup.targets.has(key)
    case 'VirtualService':
      return lookup.virtualServices.has(key)
    case 'Service':
      return lookup.services.has(key)
  }
}

function standsFor(kind: Kind, key: string, list: string | undefined, lookup: Lookup): boolean {
  if (list === undefined || kind === 'Service') return false
  if (kind === 'VirtualService') return key === list
  const { metadata, spec } = lookup.targets.get(key) ?? {}
  return linkedKey(spec?.linkedVirtualService, metadata?.namespace ?? 'default') === list
}

/** The key of the VirtualService in a `linkedVirtualService`; undefined if it is not a valid reference. */
export function linkedKey(text: unknown, namespace: string): string | undefined {
  const reference = parseReference(text, namespace)
  if (reference === undefined || (reference.kind ?? 'VirtualService') !== 'VirtualService') return undefined
  return keyOfReference(reference)
}

/** Like `Target, VirtualService or Service`. */
function alternatives(kinds: readonly string[]): string {
  return kinds.length < 2 ? kinds.join() : `${kinds.slice(0, -1).join(', ')} or ${kinds.at(-1)}`
}

function isDestination(kind: RefKind): boolean {
  return KINDS.some(one => one === kind)
}
