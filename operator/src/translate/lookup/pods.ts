/** Pods as endpoints and as proxies. */
import type { Pod } from '../../kinds/core-types.ts'
import type { ProxyRef } from '../desired.ts'

const PROXY_CONTAINER = 'l7mp'
const CONTROLLER_PORT_NAME = 'controller'
const METRICS_PORT_NAME = 'metrics'
const DEFAULT_CONTROLLER_PORT = 1234

/** True for a finished pod, whatever its conditions: its address may already belong to another pod. */
export function isOver({ status }: Pod): boolean {
  return status?.phase === 'Failed' || status?.phase === 'Succeeded'
}

/**
 * A pod as an endpoint: `ready` gets new sessions; `serving` is terminating and still serves; `unready` is not ready yet;
 * `over` is finished, or is terminating and no longer serves.
 */
export type PodState = 'ready' | 'serving' | 'unready' | 'over'

/** The Ready condition covers the containers and readiness gates of a pod, unless the pod is over. */
export function stateOf(pod: Pod): PodState {
  if (isOver(pod)) return 'over'
  const ends = pod.metadata.deletionTimestamp !== undefined
  const ready = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
  if (ready && podAddresses(pod).length > 0) return ends ? 'serving' : 'ready'
  return ends ? 'over' : 'unready'
}

/** All its addresses, the first one first. */
export function podAddresses(pod: Pod | undefined): readonly string[] {
  const { podIP, podIPs = [] } = pod?.status ?? {}
  const addresses = [podIP, ...podIPs.map(({ ip }) => ip)]
  return [...new Set(addresses.filter(address => typeof address === 'string' && address !== ''))].filter(
    address => address !== undefined,
  )
}

/** How to reach a ready pod as a proxy; undefined if it is not a proxy. */
export function proxyOf(key: string, pod: Pod): ProxyRef | undefined {
  const container = pod.spec.containers.find(({ name }) => name === PROXY_CONTAINER)
  const [address] = podAddresses(pod)
  if (container === undefined || address === undefined) return undefined
  const portOf = (wanted: string) => container.ports?.find(({ name }) => name === wanted)?.containerPort
  const metricsPort = portOf(METRICS_PORT_NAME)
  return {
    key,
    uid: pod.metadata.uid ?? '',
    address,
    port: portOf(CONTROLLER_PORT_NAME) ?? DEFAULT_CONTROLLER_PORT,
    ...(metricsPort !== undefined && { metricsPort }),
  }
}
