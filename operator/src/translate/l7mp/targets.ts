/** Targets, and the clusters that are implied where a VirtualService is named as destination. */
import type { ListenerSpec, Target } from '@l7mesh/crds'
import type { ClusterSpec, TransportClusterSpec } from '@l7mesh/proxy-client'
import type { ResourceKey } from '../../sources/snapshot.ts'
import { baseName } from '../names.ts'
import { type Findings, guarded } from '../problems.ts'
import { buildCluster, clusterName, finishCluster } from './clusters.ts'
import { linkedKey } from './destinations.ts'
import type { Supply } from './endpoint-supply.ts'
import { podSupply, reachOf, SPREAD, supplyAt } from './endpoints.ts'
import { only } from './fields/one-of.ts'
import { type Built, type BuiltCluster, inside, type Scope } from './scope.ts'

/** The cluster of a Target. */
export function buildTarget(key: string, target: Target, scope: Scope): Built<BuiltCluster> {
  const owner: ResourceKey = `Target/${key as `${string}/${string}`}`
  const base = baseName('targets', key)
  const cluster = guarded(scope.findings, undefined, () => {
    const { cluster: given, linkedVirtualService: linked } = target.spec
    const within = inside(scope, 'spec')
    if ((given === undefined) === (linked === undefined))
      return within.findings.problem('Invalid', 'There must be exactly one of `cluster` and `linkedVirtualService`.')
    const path = `spec.${given === undefined ? 'linkedVirtualService' : 'cluster'}`
    const built =
      given === undefined
        ? linkedTarget(linked ?? '', base, inside(within, 'linkedVirtualService'))
        : buildCluster(given, base, inside(within, 'cluster'))
    return built && { ...built, path }
  })
  return { built: cluster && { ...cluster, owner }, verdict: scope.findings.verdict() }
}

function linkedTarget(text: string, base: string, scope: Scope): BuiltCluster | undefined {
  const key = linkedKey(text, scope.namespace)
  if (key === undefined)
    return scope.findings.problem('InvalidRef', `${JSON.stringify(text)} does not name a VirtualService.`)
  if (scope.mesh.world.virtualService(key) === undefined)
    return scope.findings.problem('RefNotFound', `There is no VirtualService ${key}.`)
  return buildLinked(key, base, scope)
}

/** The cluster that leads to the pods of a VirtualService, by its own protocol and port. */
export function buildLinked(key: string, base: string, scope: Scope): BuiltCluster | undefined {
  const service = scope.mesh.world.virtualService(key)
  if (service === undefined) return undefined
  const listener = service.spec.listener.spec
  const spec = linkedSpec(listener, scope.findings)
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
  selector: Parameters<Scope['mesh']['world']['select']>[0],
  scope: Scope,
): Supply {
  const socket = listener.UnixDomainSocket ?? listener.JSONSocket?.transport.UnixDomainSocket
  const reach = reachOf(spec)
  return socket === undefined ? podSupply(selector, 1, reach, namespace, scope) : supplyAt([socket.filename], 1, reach)
}

/** A listener's spec from the other side: without what only a listener has. */
export function linkedSpec(listener: ListenerSpec, findings: Findings): ClusterSpec | undefined {
  const protocol = only(listener, ['UDP', 'TCP', 'HTTP', 'WebSocket', 'UnixDomainSocket', 'JSONSocket'], findings)
  if (protocol === undefined) return undefined
  if (protocol === 'HTTP')
    return findings.problem('Unsupported', 'A proxy cannot open HTTP sessions: no cluster leads to an HTTP listener.')
  if (listener.JSONSocket === undefined) return linkedTransport(listener)
  const transport = linkedTransport(listener.JSONSocket.transport)
  return transport && { protocol: 'JSONSocket', transport }
}

function linkedTransport(listener: Omit<ListenerSpec, 'HTTP' | 'JSONSocket'>): TransportClusterSpec | undefined {
  if (listener.UDP) return { protocol: 'UDP', port: listener.UDP.port }
  if (listener.TCP) return { protocol: 'TCP', port: listener.TCP.port }
  if (listener.WebSocket) return { protocol: 'WebSocket', port: listener.WebSocket.port }
  return listener.UnixDomainSocket && { protocol: 'UnixDomainSocket' }
}
