/** The cluster that a `destinationRef` or `clusterRef` names. */
import { destinationNamed, type NamedDestination } from '../references/destination-names.ts'
import { serviceQuery } from '../references/service-ports.ts'
import { forward, referencedTarget } from './referenced.ts'
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
      return referencedTarget(key, scope)
    case 'VirtualService':
      return implied(queries.linked(key), `VirtualService ${key}`, scope)
    case 'Service':
      return implied(queries.service(...serviceQuery(key, port, scope)), undefined, scope)
  }
}

/** An implied cluster has no conditions of its own: its problems are reported by the resource that refers to it. */
function implied(
  { built, verdict }: Built<BuiltCluster>,
  title: string | undefined,
  { problems }: Scope,
): BuiltCluster | undefined {
  forward(verdict, title, problems)
  return built
}
