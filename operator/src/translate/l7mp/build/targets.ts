/** Targets, and the implied clusters of VirtualServices that are destinations. */
import type { Cluster, ListenerSpec, Selector, Target } from '@l7mesh/crds'
import type { ClusterSpec } from '@l7mesh/proxy-client'
import { baseName, resourceKey } from '../../names.ts'
import { guarded, ProblemCollector, reading } from '../../problems.ts'
import { linkedSpec } from '../fields/linked-spec.ts'
import { reachOf } from '../fields/reach.ts'
import { linkedKey } from '../references/destination-names.ts'
import { buildCluster, clusterName, finishCluster } from './clusters.ts'
import type { EndpointSupply } from './endpoint-supply.ts'
import { podSupply, SPREAD, supplyAt } from './endpoints.ts'
import { forward } from './referenced.ts'
import { type Built, type BuiltCluster, inside, type Scope } from './scope.ts'

/** The cluster of a Target. */
export function buildTarget(key: string, target: Target, scope: Scope): Built<BuiltCluster> {
  const owner = resourceKey('Target', key)
  const base = baseName('targets', key)
  const cluster = guarded(scope.problems.at('spec'), undefined, () => {
    const { cluster: given, linkedVirtualService: linked } = target.spec
    const within = inside(scope, 'spec')
    if ((given === undefined) === (linked === undefined))
      return within.problems.add('Invalid', 'Exactly one of `cluster` and `linkedVirtualService` must be set.')
    const path = `spec.${given === undefined ? 'linkedVirtualService' : 'cluster'}`
    const built =
      given === undefined
        ? linkedTarget(linked ?? '', base, inside(within, 'linkedVirtualService'))
        : buildGiven(given, base, inside(within, 'cluster'))
    return built && { ...built, path }
  })
  return { built: cluster && { ...cluster, owner }, verdict: scope.problems.verdict() }
}

function buildGiven(cluster: Cluster, base: string, scope: Scope): BuiltCluster | undefined {
  return reading(scope.problems, () => buildCluster(cluster, base, scope))
}

function linkedTarget(text: string, base: string, scope: Scope): BuiltCluster | undefined {
  const key = linkedKey(text, scope.namespace)
  if (key === undefined)
    return scope.problems.add('InvalidRef', `${JSON.stringify(text)} is not a valid reference to a VirtualService.`)
  if (!scope.lookup.virtualServices.has(key))
    return scope.problems.add('RefNotFound', `VirtualService ${key} not found.`)
  const problems = new ProblemCollector()
  const built = buildLinked(key, base, { ...scope, problems })
  forward(problems.verdict(), `VirtualService ${key}`, scope.problems)
  return built
}

/** The cluster of the pods of a VirtualService, with its protocol and port. Problems have paths in the VirtualService. */
export function buildLinked(key: string, base: string, scope: Scope): BuiltCluster | undefined {
  const service = scope.lookup.virtualServices.get(key)
  if (service === undefined) return undefined
  const listener = service.spec.listener.spec
  const spec = linkedSpec(listener, inside(scope, 'spec', 'listener', 'spec').problems)
  if (spec === undefined) return undefined
  const loadbalancer = SPREAD
  const name = clusterName(base, { spec, loadbalancer })
  const supply = linkedSupply(
    listener,
    spec,
    service.metadata.namespace ?? scope.namespace,
    service.spec.selector,
    scope,
  )
  return finishCluster({ name, spec, loadbalancer, supply }, scope, 'pods')
}

function linkedSupply(
  listener: ListenerSpec,
  spec: ClusterSpec,
  namespace: string,
  selector: Selector,
  scope: Scope,
): EndpointSupply {
  const socket = listener.UnixDomainSocket ?? listener.JSONSocket?.transport.UnixDomainSocket
  const reach = reachOf(spec)
  return socket === undefined
    ? podSupply(selector, 1, reach, namespace, inside(scope, 'spec', 'selector'))
    : supplyAt([socket.filename], 1, reach)
}
