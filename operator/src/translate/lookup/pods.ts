/** Pods as endpoints and as proxies. */
import type { Pod } from '../../kinds/core-types.ts'
import type { ProxyRef } from '../desired.ts'

const PROXY_CONTAINER = 'l7mp'
const CONTROLLER_PORT_NAME = 'controller'
const METRICS_PORT_NAME = 'metrics'
const DEFAULT_CONTROLLER_PORT = 1234

/** True for a pod that has run to its end, whatever its conditions say: its address may belong to another pod by now. */
export function isOver({ status }: Pod): boolean {
  return status?.phase === 'Failed' || status?.phase === 'Succeeded'
}

/**
 * A pod as an endpoint: it gets new sessions; it is terminating and still serves; it is not ready yet; or it has run to its
 * end, or is about to.
 */
export type PodState = 'ready' | 'serving' | 'unready' | 'over'

/** The Ready condition of a pod speaks for its containers and its readiness gates, as long as the pod is not over. */
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

/** How a ready pod is reached as a proxy; undefined for one that is not a proxy. */
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
