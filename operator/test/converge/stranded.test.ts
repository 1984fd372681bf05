/** The UDP sessions that stay on deleted pods, and those that may move. */
import { type Config, EMPTY_CONFIG, normalCluster, type Retry, type Session } from '@l7mesh/proxy-client'
import { describe, expect, it } from 'vitest'
import { createLeftAddresses, strandedSessions } from '../../src/converge/stranded.ts'
import { endpointName } from '../../src/translate/names.ts'

const RESOURCE = '/apis/l7mp.io/v1/namespaces/voip/virtualservices/voice'
const CLUSTER = `${RESOURCE}/cluster@1`
const all = () => true

describe('a UDP session', () => {
  it('moves if its pod is deleted and each route of its listener to its cluster reconnects', () => {
    expect(strandedSessions([session()], held(['always', 'disconnect']), all)).toEqual({
      movable: ['UDP:a'],
      staying: new Map(),
    })
  })

  it('moves if its original cluster has been replaced', () => {
    const cluster = `${RESOURCE}/cluster@2`
    const began = { cluster, endpoint: endpointName(cluster, { address: '10.0.0.1', weight: 1, isPod: true }) }
    expect(strandedSessions([session(began)], held(['always']), all).movable).toEqual(['UDP:a'])
    expect(strandedSessions([session(began)], held(['never']), all).movable).toEqual([])
  })

  it('moves then, regardless of routes of the same port over TCP', () => {
    const config = held(['always'])
    const tcp = normalCluster({
      name: `${RESOURCE}/cluster@3`,
      spec: { protocol: 'TCP', port: 5000 },
      loadbalancer: { policy: 'Trivial' },
      endpoints: [],
    })
    const [udpRoute] = [...config.routes.values()]
    if (udpRoute === undefined) throw new Error('no route')
    const route = { ...udpRoute, name: `${RESOURCE}/route@tcp`, destination: tcp.name }
    const both: Config = {
      ...config,
      clusters: new Map([...config.clusters, [tcp.name, tcp]]),
      routes: new Map([...config.routes, [route.name, { ...route, retry: { ...route.retry, retry_on: 'never' } }]]),
    }
    expect(strandedSessions([session({ cluster: `${RESOURCE}/cluster@2` })], both, all).movable).toEqual(['UDP:a'])
  })

  it.each([[['never']], [['always', 'connect-failure']], [[]]] as const)(
    'stays, and is counted for its resource, where routes say %j',
    policies => {
      const { movable, staying } = strandedSessions([session(), session({ name: 'UDP:b' })], held(policies), all)
      expect(movable).toEqual([])
      expect(staying).toEqual(new Map([[RESOURCE, 2]]))
    },
  )

  it('moves regardless of other listeners that share its cluster', () => {
    const other = '/apis/l7mp.io/v1/namespaces/voip/virtualservices/other'
    const sessions = [session(), session({ name: 'UDP:b', listener: `${other}@0` })]
    const { movable, staying } = strandedSessions(sessions, both(held(['always']), held(['never'], [], other)), all)
    expect(movable).toEqual(['UDP:a'])
    expect(staying).toEqual(new Map([[other, 1]]))
  })

  it.each([
    ['always', ['UDP:a']],
    ['never', []],
  ] as const)('of a cluster that was replaced moves as its listener says now: %s', (policy, movable) => {
    const before = session({ cluster: `${RESOURCE}/cluster@0`, listener: `${RESOURCE}@before` })
    expect(strandedSessions([before], held([policy]), all).movable).toEqual(movable)
  })

  it('moves according to a rulelist that its rules apply', () => {
    const { rules, rulelists, ...config } = held(['always'])
    const applied = {
      ...config,
      rules: new Map([...rules, ['jump', { name: 'jump', action: { apply: `${RESOURCE}/rules` } }]]),
      rulelists: new Map([...rulelists, ['jumps', { name: 'jumps', rules: ['jump'] }]]),
      listeners: new Map([['l', { name: `${RESOURCE}@0`, spec: UDP, rules: 'jumps', options: { track: 0 } }]]),
    }
    expect(strandedSessions([session()], applied, all).movable).toEqual(['UDP:a'])
  })

  it.each<readonly [string, Partial<Session>, readonly string[]]>([
    ['whose pod is there', { address: '10.0.0.9' }, []],
    ['to an endpoint that the cluster has', {}, ['10.0.0.1']],
    ['to an address that was given', { endpoint: endpointName(CLUSTER, { address: '10.0.0.1', weight: 1 }) }, []],
    ['that is not connected', { endpoint: undefined, address: undefined }, []],
    ['of TCP', { name: 'TCP:a' }, []],
  ])('is left alone: one %s', (_, given, endpoints) => {
    const isGone = (address: string) => address !== '10.0.0.9'
    const { movable, staying } = strandedSessions([session(given)], held(['always'], endpoints), isGone)
    expect([movable, staying]).toEqual([[], new Map()])
  })
})

describe('the addresses of removed endpoints', () => {
  it('are those of pods of UDP clusters, if the endpoint or the whole cluster was removed', () => {
    const left = createLeftAddresses()
    const before = held(['always'], ['10.0.0.1', '10.0.0.2']).clusters
    expect(left(before, held(['always'], ['10.0.0.2']).clusters)).toEqual(['10.0.0.1'])
    expect(left(before, new Map())).toEqual(['10.0.0.1', '10.0.0.2'])
    expect(left(before, before)).toEqual([])
  })
})

function session(given: Partial<Session> = {}): Session {
  const address = '10.0.0.1'
  return {
    name: 'UDP:a',
    metadata: {},
    listener: `${RESOURCE}@0`,
    cluster: CLUSTER,
    endpoint: podEndpoint(address),
    address,
    status: 'CONNECTED',
    ...given,
  }
}

function podEndpoint(address: string): string {
  return endpointName(CLUSTER, { address, weight: 1, isPod: true })
}

const UDP = { protocol: 'UDP', port: 5000 } as const

function held(policies: readonly Retry['retry_on'][], addresses: readonly string[] = [], resource = RESOURCE): Config {
  const cluster = normalCluster({
    name: CLUSTER,
    spec: UDP,
    loadbalancer: { policy: 'Trivial' },
    endpoints: addresses.map(address => ({ name: podEndpoint(address), spec: { address }, weight: 1 })),
  })
  const routes = policies.map((retry_on, i) => ({
    name: `${resource}/route@${i}`,
    destination: CLUSTER,
    ingress: [],
    egress: [],
    retry: { retry_on, num_retries: 1, timeout: 2000 },
  }))
  const rules = routes.map(({ name }) => ({ name: `${name}/rule`, action: { route: name } }))
  const list = { name: `${resource}/rules`, rules: rules.map(({ name }) => name) }
  const listener = { name: `${resource}@0`, spec: UDP, rules: list.name, options: { track: 0 } }
  return {
    ...EMPTY_CONFIG,
    clusters: named([cluster]),
    routes: named(routes),
    rules: named(rules),
    rulelists: named([list]),
    listeners: named([listener]),
  }
}

function both(a: Config, b: Config): Config {
  return {
    ...a,
    routes: new Map([...a.routes, ...b.routes]),
    rules: new Map([...a.rules, ...b.rules]),
    rulelists: new Map([...a.rulelists, ...b.rulelists]),
    listeners: new Map([...a.listeners, ...b.listeners]),
  }
}

function named<T extends { readonly name: string }>(objects: readonly T[]): ReadonlyMap<string, T> {
  return new Map(objects.map(object => [object.name, object]))
}
