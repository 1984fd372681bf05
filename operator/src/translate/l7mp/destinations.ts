/** What a `destinationRef` or `clusterRef` leads to: a Target, else a VirtualService, else a Service. */
import type { ProblemReason } from '../desired.ts'
import type { World } from '../lookup/lookup.ts'
import { KNOWN_FORMS, keyOfReference, parseDnsName, parseReference, type RefKind } from '../lookup/references.ts'
import type { Built, BuiltCluster, Scope } from './scope.ts'
import { serviceQuery } from './service-ports.ts'

const KINDS = ['Target', 'VirtualService', 'Service'] as const
type Kind = (typeof KINDS)[number]

export type Destination = { readonly kind: Kind; readonly key: string; readonly port: string | undefined }
type Unresolved = { readonly reason: ProblemReason; readonly message: string }

/** Where a reference stands: in a resource of a namespace, and as far as it is known, in a rule of this rulelist. */
type Place = { readonly namespace: string; readonly list: string | undefined }

/** People who come from the original operator name what is in the config files of their proxies. */
const NOT_SEEN = " Clusters in a proxy's own config file are not seen: make it a Target."

export function resolveDestination(text: string, scope: Scope): BuiltCluster | undefined {
  const { findings, mesh } = scope
  const found = destinationNamed(text, scope, mesh.world)
  if ('reason' in found) return findings.problem(found.reason, found.message)
  const built = builtOf(found, scope)
  return built && { ...built, named: `${found.kind} ${found.key}` }
}

function builtOf({ kind, key, port }: Destination, scope: Scope): BuiltCluster | undefined {
  const { mesh } = scope
  if (kind === 'Service') return reported(mesh.service(serviceQuery(key, port, scope)), scope)
  return kind === 'Target' ? shared(mesh.target(key), `Target ${key}`, scope) : reported(mesh.linked(key), scope)
}

/**
 * A name that leaves the kind open never means the VirtualService whose rule it stands in, nor a Target that only stands
 * for that one: people give a VirtualService the name of the Service that it is for.
 */
export function destinationNamed(text: string, { namespace, list }: Place, world: World): Destination | Unresolved {
  const reference = parseReference(text, namespace)
  if (reference === undefined || (reference.kind !== undefined && !isDestination(reference.kind)))
    return {
      reason: 'InvalidRef',
      message: `${JSON.stringify(text)} names no Target, VirtualService or Service. ${KNOWN_FORMS}`,
    }
  const { kind: given, port } = reference
  const key = keyOfReference(reference)
  const kinds = port === undefined ? KINDS : (['Service'] as const)
  const existing = kinds.filter(kind => (given ?? kind) === kind && exists(kind, key, world))
  const kind = existing.find(one => given !== undefined || !standsFor(one, key, list, world))
  if (kind !== undefined) return { kind, key, port }
  if (existing.length === 0) return serviceByDnsName(text, `There is no ${given ?? alternatives(kinds)} ${key}`, world)
  const others = alternatives(kinds.filter(one => !existing.includes(one)))
  return {
    reason: 'RouteCycle',
    message: `${JSON.stringify(text)} leads back to VirtualService ${list} itself, and there is no ${others} ${key}.`,
  }
}

/** A name of a cluster in a proxy's config file has no namespace and no port. */
function isShort(text: string): boolean {
  return !/[/:]/.test(text)
}

function serviceByDnsName(text: string, otherwise: string, world: World): Destination | Unresolved {
  const reference = parseDnsName(text)
  if (reference === undefined)
    return { reason: 'RefNotFound', message: `${otherwise}.${isShort(text) ? NOT_SEEN : ''}` }
  const key = keyOfReference(reference)
  if (exists('Service', key, world)) return { kind: 'Service', key, port: reference.port }
  return { reason: 'RefNotFound', message: `${otherwise}, and no Service ${key}.` }
}

function exists(kind: Kind, key: string, world: World): boolean {
  switch (kind) {
    case 'Target':
      return world.target(key) !== undefined
    case 'VirtualService':
      return world.virtualService(key) !== undefined
    case 'Service':
      return world.service(key) !== undefined
  }
}

function standsFor(kind: Kind, key: string, list: string | undefined, world: World): boolean {
  if (list === undefined || kind === 'Service') return false
  if (kind === 'VirtualService') return key === list
  return linkedKey(world.target(key)?.spec?.linkedVirtualService, key.slice(0, key.indexOf('/'))) === list
}

/** The key of the VirtualService that a `linkedVirtualService` names; undefined where it names none. */
export function linkedKey(text: unknown, namespace: string): string | undefined {
  const reference = parseReference(text, namespace)
  if (reference === undefined || (reference.kind ?? 'VirtualService') !== 'VirtualService') return undefined
  return keyOfReference(reference)
}

/** The resource that is named reports its own problems; here it only matters that it leads nowhere. */
export function shared<T>({ built }: Built<T>, what: string, { findings }: Scope): T | undefined {
  return built ?? findings.problem('RefNotFound', `${what} cannot be used: see its own conditions.`)
}

/** What is implied has no conditions of its own: its problems are those of who refers to it. */
function reported({ built, verdict }: Built<BuiltCluster>, { findings }: Scope): BuiltCluster | undefined {
  for (const { reason, message } of verdict.problems) findings.problem(reason, message)
  for (const note of verdict.notes) findings.note(note)
  return built
}

/** Like `Target, VirtualService or Service`. */
function alternatives(kinds: readonly string[]): string {
  return kinds.length < 2 ? kinds.join() : `${kinds.slice(0, -1).join(', ')} or ${kinds.at(-1)}`
}

function isDestination(kind: RefKind): boolean {
  return KINDS.some(one => one === kind)
}
