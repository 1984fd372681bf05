/** A fleet of proxies in memory, and virtual time. */
import { EMPTY_CONFIG } from '@l7mesh/proxy-client'
import { type Service, withService } from '../../../proxy-client/test/arbitrary.ts'
import { Fleet, type FleetOptions } from '../../src/converge/fleet.ts'
import type { DesiredFleet, DesiredProxy, ProxyRef } from '../../src/translate/desired.ts'
import { VirtualTime } from '../support/virtual-time.ts'
import { MemoryProxy, memoryDriver } from './memory-proxy.ts'

export const A: ProxyRef = { key: 'l7mp/a', uid: '1', address: '10.0.0.1', port: 1234 }

export function service(name: string, port: number): Service {
  const clusters = [{ spec: { protocol: 'UDP', port: 53 }, addresses: ['10.0.0.53'] }] as const
  return { name, listener: { protocol: 'UDP', port }, track: 0, clusters, order: [] }
}

export const DNS = withService(EMPTY_CONFIG, service('dns', 5353))
export const DNS_AND_SIP = withService(DNS, service('sip', 5060))

export function fleetOfOne(options: Partial<FleetOptions> = {}) {
  const time = new VirtualTime()
  const proxy = new MemoryProxy()
  const fleet = new Fleet({
    connect: () => memoryDriver(proxy),
    clock: time.clock,
    random: { id: () => 'id', fraction: () => 1 },
    onChange: () => {},
    ...options,
  })
  const want = (config: DesiredProxy['config'] | undefined) => fleet.want(desired(config))
  return { time, proxy, fleet, want, state: () => fleet.states().get(A.key) }
}

/** undefined: without the proxy. */
function desired(config: DesiredProxy['config'] | undefined): DesiredFleet {
  const proxies = config === undefined ? [] : ([[A.key, { proxy: A, config, parts: new Map() }]] as const)
  return { proxies: new Map(proxies), verdicts: new Map(), destinations: new Map() }
}
