/** What a `destinationRef` or `clusterRef` leads to: a Target, else a VirtualService, else a Service. */
import { keyOfReference, parseReference, type RefKind } from './references.ts'
import type { Built, BuiltCluster, Scope } from './scope.ts'
import { serviceQuery } from './service-ports.ts'

const KINDS = ['Target', 'VirtualService', 'Service'] as const

export function resolveDestination(text: string, scope: Scope): BuiltCluster | undefined {
  const { findings } = scope
  const reference = parseReference(text, scope.namespace)
  if (reference === undefined || (reference.kind !== undefined && !isDestination(reference.kind)))
    return findings.problem('InvalidRef', `${JSON.stringify(text)} names no Target, VirtualService or Service.`)
  const key = keyOfReference(reference)
  const kinds = reference.port === undefined ? KINDS : (['Service'] as const)
  const kind = kinds.filter(one => (reference.kind ?? one) === one).find(one => exists(one, key, scope))
  if (kind === undefined)
    return findings.problem('RefNotFound', `There is no ${reference.kind ?? kinds.join(' or ')} ${key}.`)
  const built = builtOf(kind, key, reference.port, scope)
  return built && { ...built, named: `${kind} ${key}` }
}

function builtOf(
  kind: (typeof KINDS)[number],
  key: string,
  port: string | undefined,
  scope: Scope,
): BuiltCluster | undefined {
  const { mesh } = scope
  if (kind === 'Service') return reported(mesh.service(serviceQuery(key, port, scope)), scope)
  return kind === 'Target' ? shared(mesh.target(key), `Target ${key}`, scope) : reported(mesh.linked(key), scope)
}

function exists(kind: (typeof KINDS)[number], key: string, { mesh }: Scope): boolean {
  switch (kind) {
    case 'Target':
      return mesh.world.target(key) !== undefined
    case 'VirtualService':
      return mesh.world.virtualService(key) !== undefined
    case 'Service':
      return mesh.world.service(key) !== undefined
  }
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

function isDestination(kind: RefKind): boolean {
  return KINDS.some(one => one === kind)
}
