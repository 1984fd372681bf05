/** The detection of real proxies that crash, report false success, or are changed by others. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { type Config, EMPTY_CONFIG, KnownLists, ProxyClient } from '@l7mesh/proxy-client'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../operator/src/clock.ts'
import { connect } from '../../operator/src/converge/connect.ts'
import { Fleet, type FleetOptions } from '../../operator/src/converge/fleet.ts'
import type { ProxyState } from '../../operator/src/converge/state.ts'
import type { Telemetry } from '../../operator/src/telemetry/telemetry.ts'
import type { DesiredProxy } from '../../operator/src/translate/desired.ts'
import { type Service, withService } from '../../proxy-client/test/arbitrary.ts'
import { freePort, type RealProxy, startRealProxy } from '../support/real-proxy.ts'
import { until } from '../support/until.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

describe('a fleet of real proxies', () => {
  it('refills a killed proxy within a second after it responds again', async () => {
    const proxy = await realProxy()
    const desired = withService(EMPTY_CONFIG, await service('TCP'))
    const fleet = fleetOf({ audit: 60_000 })
    want(fleet, { a: [proxy, desired] })
    await until('converged', () => phase(fleet, 'a') === 'converged')

    await proxy.kill()
    await until('known to be gone', () => phase(fleet, 'a') === 'unreachable')
    await proxy.restart()
    const { took } = await until('refilled', async () =>
      (await listeners(proxy)).includes([...desired.listeners.keys()][0] ?? ''),
    )
    expect(took).toBeLessThan(1000)
    await until('converged', () => phase(fleet, 'a') === 'converged')
    expect(state(fleet, 'a')?.lastRun?.cause).toBe('change')
  })

  it('repairs deletions by others at the next audit', async () => {
    const proxy = await realProxy()
    const desired = withService(EMPTY_CONFIG, await service('UDP'))
    const fleet = fleetOf({ audit: 300 })
    want(fleet, { a: [proxy, desired] })
    await until('converged', () => phase(fleet, 'a') === 'converged')
    expect(state(fleet, 'a')?.lastRun?.cause).toBe('change')
    const [name = ''] = desired.listeners.keys()
    const client = clientOf(proxy)
    await client.deleteObject('listener', name)
    await until('repaired', async () => (await client.listeners.get(name)) !== undefined)
    await until('told of', () => state(fleet, 'a')?.lastRun?.cause === 'drift')
  })

  it('is not delayed by a dead proxy', async () => {
    const [dead, alive] = [await realProxy(), await realProxy()]
    await dead.kill()
    const fleet = fleetOf({})
    const desired = withService(EMPTY_CONFIG, await service('UDP'))
    want(fleet, { dead: [dead, desired], alive: [alive, desired] })
    const { took } = await until('converged', () => phase(fleet, 'alive') === 'converged')
    expect(took).toBeLessThan(2000)
    await until('known to be dead', () => phase(fleet, 'dead') === 'unreachable')
    expect(state(fleet, 'dead')?.error?.code).toBe('unreachable')
  })

  it('detects within two seconds that a TCP port is in use, and uses it when it is free', async () => {
    const proxy = await realProxy()
    const busy = createServer().listen(0)
    await once(busy, 'listening')
    const address = busy.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const desired = withService(EMPTY_CONFIG, { ...(await service('TCP')), listener: { protocol: 'TCP', port } })
    const fleet = fleetOf({})
    want(fleet, { a: [proxy, desired] })
    const { value, took } = await until('known', () => [...(state(fleet, 'a')?.failures ?? [])][0])
    expect(took).toBeLessThan(2000)
    expect(value).toMatchObject([`listener ${[...desired.listeners.keys()][0]}`, { code: 'address-in-use' }])
    expect(await listeners(proxy)).toEqual(['controller-listener'])

    busy.close()
    await once(busy, 'close')
    await until('taken', () => phase(fleet, 'a') === 'converged', 20_000)
  })

  it('makes no writes without changes', async () => {
    const proxy = await realProxy()
    const desired = withService(EMPTY_CONFIG, await service('UDP'))
    let audits = 0
    const telemetry: Telemetry = event => {
      if (event.type === 'request' && event.method === 'GET' && event.collection === 'listeners') audits += 1
    }
    const fleet = fleetOf({ audit: 50, heartbeat: 10, telemetry })
    want(fleet, { a: [proxy, desired] })
    const { value: first } = await until(
      'converged',
      () => phase(fleet, 'a') === 'converged' && state(fleet, 'a')?.lastRun,
    )
    const live = state(fleet, 'a')?.live
    const enough = audits + 3
    await until('audited three times', () => audits >= enough)
    expect(state(fleet, 'a')?.live).toBe(live)
    expect(state(fleet, 'a')?.lastRun).toBe(first)
  })

  it('returns the same texts for common objects of proxies, regardless of their sessions', async () => {
    const [a, b] = [await realProxy(), await realProxy()]
    const desired = withService(EMPTY_CONFIG, await service('UDP'))
    const fleet = fleetOf({})
    want(fleet, { a: [a, desired], b: [b, desired] })
    await until('converged', () => phase(fleet, 'a') === 'converged' && phase(fleet, 'b') === 'converged')
    // Each request is a session through the controller's listener, rule, route and cluster.
    const before = await textsOf(a)
    expect(await textsOf(a)).toEqual(before)
    expect(await textsOf(b)).toEqual(before)
    expect(state(fleet, 'a')?.live?.clusters).toBe(state(fleet, 'b')?.live?.clusters)
  })
})

/** The lists of each kind, without the expected differences: the port of the REST API, and the marker. */
async function textsOf({ origin, port }: RealProxy): Promise<readonly string[]> {
  const client = new ProxyClient({ origin })
  const texts: string[] = []
  for (const kind of ['clusters', 'routes', 'rules', 'rulelists', 'listeners'] as const)
    texts.push(await client.readList(kind, body => (typeof body === 'string' ? body : Buffer.concat(body).toString())))
  await client.close()
  return texts.map(text => text.replaceAll(`:${port}`, ':PORT').replace(/(marker","rules":\[")[^"]+/, '$1ID'))
}

function fleetOf(options: Pick<FleetOptions, 'audit' | 'heartbeat' | 'telemetry'>): Fleet {
  const lists = new KnownLists()
  const fleet = new Fleet({
    ...options,
    connect: proxy => connect(proxy, { lists }),
    clock: systemClock,
    random: { id: randomUUID, fraction: () => 0.5 },
    onChange: () => {},
  })
  cleanups.push(() => fleet.stop())
  return fleet
}

function want(fleet: Fleet, wanted: Readonly<Record<string, readonly [RealProxy, Config]>>): void {
  const proxies = Object.entries(wanted).map(([key, [{ port }, config]]): readonly [string, DesiredProxy] => [
    key,
    { proxy: { key, uid: key, address: '127.0.0.1', port }, config, parts: new Map() },
  ])
  fleet.want({ proxies: new Map(proxies), verdicts: new Map(), destinations: new Map() })
}

async function realProxy(): Promise<RealProxy> {
  const proxy = await startRealProxy()
  cleanups.push(() => proxy.stop())
  return proxy
}

function clientOf({ origin }: RealProxy): ProxyClient {
  const client = new ProxyClient({ origin })
  cleanups.push(() => client.close())
  return client
}

async function listeners({ origin }: RealProxy): Promise<readonly string[]> {
  const answer = await fetch(`${origin}/api/v1/listeners`)
  return ((await answer.json()) as readonly { readonly name: string }[]).map(({ name }) => name)
}

async function service(protocol: 'UDP' | 'TCP'): Promise<Service> {
  const clusters = [{ spec: { protocol, port: 9 }, addresses: ['127.0.0.1'] }] as const
  return { name: 'dns', listener: { protocol, port: await freePort() }, track: 0, clusters, order: [] }
}

function state(fleet: Fleet, key: string): ProxyState | undefined {
  return fleet.states().get(key)
}

function phase(fleet: Fleet, key: string): ProxyState['phase'] | undefined {
  return state(fleet, key)?.phase
}
