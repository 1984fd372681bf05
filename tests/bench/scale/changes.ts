/** What changes in a mesh, one thing after the other, and what the proxies are read for when it is there. */
import type { ScaleCluster } from './cluster.ts'
import type { ProxyFleet, Sight } from './fleet.ts'
import { endpointOf, type Size, serviceName, sourceOf } from './manifests.ts'

export const ENDPOINT = 'a changed endpoint'
export const CHANGES = [
  ENDPOINT,
  'an edited VirtualService',
  'a new VirtualService',
  'a removed VirtualService',
  'a new proxy',
  'a removed proxy',
] as const
export type Change = (typeof CHANGES)[number]

export type Step = {
  readonly apply: () => void
  /** undefined where nothing is left to read. */
  readonly sight: Sight | undefined
  /** Those that are read. Default: all that were there at first */
  readonly proxies?: readonly number[]
}

/** The `n`th of its kind, from 1. What a removal removes, the addition of the same number has added. */
export async function stepOf(
  change: Change,
  n: number,
  { proxies, services }: Size,
  cluster: ScaleCluster,
  fleet: ProxyFleet,
): Promise<Step> {
  const index = n % services
  const [service, proxy] = [services + n, proxies + n]
  switch (change) {
    case 'an edited VirtualService': {
      const sight = { url: '/', found: true, text: `"${sourceOf(n)}"` }
      return { apply: () => cluster.putVirtualService(index, n), sight }
    }
    case ENDPOINT: {
      const sight = { url: '/clusters', found: true, text: `"${endpointOf(index, n)}"` }
      return { apply: () => cluster.putEndpoint(index, n), sight }
    }
    case 'a new VirtualService':
      cluster.putService(service)
      cluster.putEndpoint(service)
      return {
        apply: () => cluster.putVirtualService(service),
        sight: { url: '/listeners', found: true, text: `/${serviceName(service)}@` },
      }
    case 'a removed VirtualService':
      return {
        apply: () => cluster.removeVirtualService(service),
        sight: { url: `%2F${serviceName(service)}%40`, found: false, text: '' },
      }
    case 'a new proxy':
      await fleet.add(proxy)
      return {
        apply: () => cluster.putProxy(proxy, fleet.addressOf(proxy), fleet.port),
        sight: { url: '/listeners', found: true, text: `/${serviceName(services - 1)}@` },
        proxies: [proxy],
      }
    case 'a removed proxy':
      return { apply: () => cluster.removeProxy(proxy, fleet.addressOf(proxy), fleet.port), sight: undefined }
  }
}
