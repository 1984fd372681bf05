/** Which proxies share one desired config, and which configs keep their identity when proxies and resources change. */
import { describe, expect, it } from 'vitest'
import type { DesiredFleet } from '../../../src/translate/desired.ts'
import { createTranslator } from '../../../src/translate/translate.ts'
import { podOf, snapshotOf } from '../support.ts'

const proxy = (name: string, labels: Record<string, string>, more: object = {}) =>
  podOf({ name, ip: `10.0.0.${name.charCodeAt(0)}`, proxy: true, labels, ...more })
const service = (name: string, port: number, selector: object) => ({
  kind: 'VirtualService',
  metadata: { name },
  spec: {
    selector,
    listener: { spec: { UDP: { port } }, rules: [{ action: { route: { destination: { spec: { Echo: {} } } } } }] },
  },
})
const everywhere = {}
const ofApp = (app: string) => ({ matchLabels: { app } })

/** The names of the proxies that share a config. */
function groups({ proxies }: DesiredFleet): readonly string[] {
  const byConfig = Map.groupBy(proxies.values(), ({ config }) => config)
  return [...byConfig.values()].map(group => group.map(one => one.proxy.key.replace('default/', '')).join(' ')).sort()
}

function translated(...resources: Parameters<typeof snapshotOf>[0]): DesiredFleet {
  return createTranslator()(snapshotOf(resources))
}

describe('proxies share a config', () => {
  it('if the same resources select them, by any selectors', () => {
    const pods = [proxy('a', { app: 'x' }), proxy('b', { app: 'x' }), proxy('c', { app: 'y' })]
    const in_ = { matchExpressions: [{ key: 'app', operator: 'In', values: ['x'] }] }
    expect(groups(translated(...pods, service('s', 1, everywhere), service('t', 2, ofApp('x'))))).toEqual(['a b', 'c'])
    expect(groups(translated(...pods, service('s', 1, ofApp('x')), service('t', 2, in_)))).toEqual(['a b', 'c'])
    expect(groups(translated(...pods, service('s', 1, everywhere)))).toEqual(['a b c'])
  })

  it('unless their own ports differ', () => {
    const pods = [proxy('a', {}), proxy('b', {}, { proxy: 4321 }), proxy('c', {}, { metrics: 8080 })]
    expect(groups(translated(...pods, service('s', 1, everywhere)))).toEqual(['a', 'b', 'c'])
  })

  it('unless a Rule selects only one of them', () => {
    const pods = [proxy('a', { app: 'x' }), proxy('b', { app: 'y' })]
    const rule = {
      kind: 'Rule',
      metadata: { name: 'r' },
      spec: { selector: ofApp('x'), rulelist: 's', rule: { action: {} } },
    }
    expect(groups(translated(...pods, service('s', 1, everywhere), rule))).toEqual(['a', 'b'])
  })
})

describe('a group', () => {
  const pods = ['a', 'b', 'c', 'd'].map(name => proxy(name, { app: 'x' }))
  const rest = [service('s', 1, everywhere), service('t', 2, ofApp('x'))]
  const config = (fleet: DesiredFleet, name: string) => fleet.proxies.get(`default/${name}`)?.config

  it('keeps its config when any proxy is created or deleted', () => {
    const translate = createTranslator()
    const before = translate(snapshotOf([...pods, ...rest]))
    const fewer = translate(snapshotOf([...pods.slice(1), ...rest]))
    const more = translate(snapshotOf([proxy('e', { app: 'x' }), ...pods.slice(1), ...rest]))
    expect(config(fewer, 'b')).toBe(config(before, 'b'))
    expect(config(more, 'e')).toBe(config(before, 'b'))
    expect(more.proxies.get('default/b')).toBe(before.proxies.get('default/b'))
  })

  it('keeps its config when a proxy leaves or joins it', () => {
    const translate = createTranslator()
    const others = [proxy('y', { app: 'y' }), proxy('z', { app: 'y' })]
    const before = translate(snapshotOf([...pods, ...others, ...rest]))
    const moved = [proxy('a', { app: 'y' }), ...pods.slice(1)]
    const after = translate(snapshotOf([...moved, ...others, ...rest]))
    expect(config(after, 'b')).toBe(config(before, 'b'))
    expect(config(after, 'a')).toBe(config(before, 'z'))
  })

  it('shares equal objects with another group', () => {
    const fleet = translated(...pods, proxy('z', { app: 'y' }), ...rest)
    const [one, other] = [config(fleet, 'a'), config(fleet, 'z')]
    for (const [name, listener] of other?.listeners ?? []) expect(one?.listeners.get(name)).toBe(listener)
    expect(one?.listeners.size).toBe(2)
    expect(other?.listeners.size).toBe(1)
  })
})

it('reports the conflict on the first proxy of several groups, in any order of pods', () => {
  const taken = proxy('b', { app: 'x' }, { proxy: 5000 })
  const free = proxy('a', { app: 'y' })
  const tcp = (name: string, created: string) => ({
    kind: 'VirtualService',
    metadata: { name, creationTimestamp: created },
    spec: { selector: everywhere, listener: { spec: { TCP: { port: 5000 } }, rules: [] } },
  })
  const services = [tcp('old', '2026-01-01T00:00:00Z'), tcp('young', '2026-01-02T00:00:00Z')]
  const message = (...pods: Parameters<typeof snapshotOf>[0]) =>
    translated(...pods, ...services).verdicts.get('VirtualService/default/young')?.problems[0]?.message
  expect(message(taken, free)).toMatch('in use by VirtualService default/old, which is older')
  expect(message(free, taken)).toBe(message(taken, free))
})
