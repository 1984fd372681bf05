/** Desired configs of any size for measurements: services of six objects each, on UDP ports that were free a moment ago. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Config, Listener } from '@l7mesh/proxy-client'
import { DEFAULT_RETRY, EMPTY_CONFIG, hashed, RESOURCE_PREFIX } from '@l7mesh/proxy-client'

export const OBJECTS_PER_SERVICE = 6

export function servicesOn(ports: readonly number[]): Config {
  const parts = ports.map((port, index) => service(port, `${RESOURCE_PREFIX}default/virtualservices/service-${index}`))
  return {
    ...EMPTY_CONFIG,
    clusters: new Map(parts.map(({ cluster }) => [cluster.name, cluster])),
    routes: new Map(parts.map(({ route }) => [route.name, route])),
    rules: new Map(parts.map(({ rule }) => [rule.name, rule])),
    rulelists: new Map(parts.map(({ list }) => [list.name, list])),
    listeners: new Map(parts.map(({ listener }) => [listener.name, listener])),
  }
}

function service(port: number, base: string) {
  const spec = { protocol: 'UDP', port: 53 } as const
  const clusterName = hashed(`${base}/cluster`, spec)
  const endpoint = { name: `${clusterName}/10.0.0.1`, spec: { address: '10.0.0.1' }, weight: 1 }
  const cluster = { name: clusterName, spec, loadbalancer: { policy: 'Trivial' } as const, endpoints: [endpoint] }
  const routeContent = { destination: clusterName, ingress: [], egress: [], retry: DEFAULT_RETRY }
  const route = { name: hashed(`${base}/route`, routeContent), ...routeContent }
  const match = { op: 'matches', path: '/IP/src_addr', value: '^10\\.' }
  const rule = { name: hashed(`${base}/rule`, { match, route: route.name }), match, action: { route: route.name } }
  const list = { name: `${base}/rules`, rules: [rule.name] }
  const content = { spec: { protocol: 'UDP', port } as const, options: { track: 0 } }
  const listener: Listener = { name: hashed(base, content), ...content, rules: list.name }
  return { cluster, route, rule, list, listener }
}

/** So many different UDP ports that the kernel says are free. */
export async function freeUdpPorts(count: number): Promise<readonly number[]> {
  const sockets = Array.from({ length: count }, () => createSocket('udp4').bind(0))
  await Promise.all(sockets.map(socket => once(socket, 'listening')))
  const ports = sockets.map(socket => socket.address().port)
  await Promise.all(sockets.map(socket => once(socket.close(), 'close')))
  return ports
}
