/** The cluster that a `destinationRef` or `clusterRef` names. */
import { destinationNamed, type NamedDestination } from '../references/destination-names.ts'
import { serviceQuery } from '../references/service-ports.ts'
import type { Built, BuiltCluster, Scope } from './scope.ts'

export function resolveDestination(text: string, scope: Scope): BuiltCluster | undefined {
  const { problems, lookup } = scope
  const found = destinationNamed(text, scope, lookup)
  if ('reason' in found) return problems.add(found.reason, found.message)
  const built = builtOf(found, scope)
  return built && { ...built, named: `${found.kind} ${found.key}` }
}

function builtOf({ kind, key, port }: NamedDestination, scope: Scope): BuiltCluster | undefined {
  const { queries } = scope
  switch (kind) {
    case 'Target':
      return shared(queries.target(key), `Target ${key}`, scope)
    case 'VirtualService':
      return reported(queries.linked(key), scope)
    case 'Service':
      return reported(queries.service(...serviceQuery(key, port, scope)), scope)
  }
}

/** The resource that is named reports its own problems; here it only matters that it leads nowhere. */
export function shared<T>({ built }: Built<T>, what: string, { problems }: Scope): T | undefined {
  return built ?? problems.add('RefNotFound', `${what} cannot be used: see its own conditions.`)
}

/** An implied cluster has no conditions of its own: its problems are those of the resource that refers to it. */
function reported({ built, verdict }: Built<BuiltCluster>, { problems }: Scope): BuiltCluster | undefined {
  for (const { reason, message } of verdict.problems) problems.add(reason, message)
  for (const note of verdict.notes) problems.note(note)
  return built
}
