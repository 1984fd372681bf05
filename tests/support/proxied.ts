/** Creates a listener on a real proxy: a rulelist, a rule, a route and a cluster under one name. */
import type { ClusterSpec, Endpoint, ListenerSpec, LoadBalancer, ProxyClient, Retry } from '@l7mesh/proxy-client'

export type Proxied = {
  readonly name: string
  readonly listener: ListenerSpec
  readonly cluster: ClusterSpec
  readonly endpoints?: readonly Endpoint['spec'][]
  readonly loadbalancer?: LoadBalancer
  readonly ingress?: readonly string[]
  readonly retry?: Retry
}

const NEVER: Retry = { retry_on: 'never', num_retries: 1, timeout: 2000 }

/** Creates everything except the listener. */
export async function createChain(client: ProxyClient, wanted: Proxied): Promise<void> {
  const { name, cluster: spec, endpoints = [], loadbalancer = { policy: 'Trivial' } } = wanted
  await client.createCluster({ name, spec, loadbalancer })
  for (const [index, endpoint] of endpoints.entries())
    await client.createEndpoint(name, { name: `${name}-${index}`, spec: endpoint, weight: 1 })
  const { ingress = [], retry = NEVER } = wanted
  await client.createRoute({ name, destination: name, ingress, egress: [], retry })
  // Otherwise it would be forwarded to the target of the client's request.
  const rewrite = wanted.listener.protocol === 'WebSocket' ? [{ path: '/HTTP/headers', value: {} }] : []
  await client.createRule({ name, action: { rewrite, route: name } })
  await client.createRuleList({ name, rules: [name] })
}

export function createListener(client: ProxyClient, { name, listener: spec }: Proxied): Promise<void> {
  return client.createListener({ name, spec, rules: name, options: { track: 0 } })
}

export async function createProxied(client: ProxyClient, wanted: Proxied): Promise<void> {
  await createChain(client, wanted)
  await createListener(client, wanted)
}
