import { describe, expect, it } from 'vitest'
import { type Config, EMPTY_CONFIG, type Listener, type ListenerSpec } from '../src/model.ts'
import { hashed, RESOURCE_PREFIX } from '../src/names.ts'
import { createCompare } from '../src/plan/compare.ts'
import { difference, isEmpty } from '../src/plan/diff.ts'
import { endedBy } from '../src/plan/ended-sessions.ts'
import { explain } from '../src/plan/explain.ts'
import { plan } from '../src/plan/plan.ts'

const compare = createCompare()

function listener(spec: ListenerSpec, track = 0, name = 'web'): Listener {
  const base = `${RESOURCE_PREFIX}default/virtualservices/${name}`
  const options = { track }
  return { name: hashed(base, { spec, options }), spec, rules: `${base}/rules`, options }
}

const holding = (...listeners: readonly Listener[]): Config => ({
  ...EMPTY_CONFIG,
  listeners: new Map(listeners.map(one => [one.name, one])),
  rulelists: new Map(listeners.map(({ rules }) => [rules, { name: rules, rules: [] }])),
})

function planned(live: Config, desired: Config) {
  return plan({ ...difference(live, desired, compare), live })
}

const web = (path?: string): ListenerSpec => ({ protocol: 'WebSocket', port: 80, ...(path !== undefined && { path }) })
const json = (path?: string): ListenerSpec => ({
  protocol: 'JSONSocket',
  transport: { protocol: 'WebSocket', port: 80, ...(path !== undefined && { path }) },
})
const connect = { address: '10.0.0.1', port: 1 }
const call: ListenerSpec = { protocol: 'UDP', port: 80, connect }

describe('a listener is kept', () => {
  it.each([
    ['with another path', listener(web('/a')), listener(web())],
    ['with another path that carries JSONSocket', listener(json('/a')), listener(json())],
    [
      'of HTTP with another path',
      listener({ protocol: 'HTTP', port: 80, path: '/a' }),
      listener({ protocol: 'HTTP', port: 80 }),
    ],
    ['of WebSocket with another track', listener(web('/a'), 600), listener(web(), 5)],
    ['of a UDP singleton with another track', listener(call, 600), listener(call)],
    [
      'of a UDP singleton that says so',
      listener(call),
      listener({ ...call, address: '0.0.0.0', options: { mode: 'singleton' } }),
    ],
  ])('%s', (_, held, wanted) => {
    const live = holding(held)
    const { diff, target } = difference(live, holding(wanted), compare)
    expect(held.name).not.toBe(wanted.name)
    expect(isEmpty(diff)).toBe(true)
    expect([...target.listeners.values()]).toEqual([held])
  })
})

describe('a listener is replaced', () => {
  it.each([
    ['of TCP with another track', listener({ protocol: 'TCP', port: 80 }, 5), listener({ protocol: 'TCP', port: 80 })],
    ['of UDP with another track', listener({ protocol: 'UDP', port: 80 }, 5), listener({ protocol: 'UDP', port: 80 })],
    ['of another protocol', listener(web()), listener(json())],
    ['of another port', listener(web()), listener({ protocol: 'WebSocket', port: 81 })],
    ['of another peer', listener(call), listener({ ...call, connect: { ...connect, port: 2 } })],
    ['that is a server now', listener(call), listener({ ...call, options: { mode: 'server' } })],
    ['of another resource', listener(web(), 0, 'other'), listener(web('/a'))],
  ])('%s', (_, held, wanted) => {
    const { target } = difference(holding(held), holding(wanted), compare)
    expect([...target.listeners.values()]).toEqual([wanted])
  })

  it('with all earlier changes that did not justify it', () => {
    const wanted = listener(json(), 600)
    const { target } = difference(holding(listener(web('/a'))), holding(wanted), compare)
    expect([...target.listeners.values()]).toEqual([wanted])
  })
})

describe('sessions that a plan would end', () => {
  const ends = (live: Config, desired: Config) => explain(planned(live, desired), live).flatMap(one => one.ends)

  it.each([
    ['WebSocket', 'on the same port', listener(web()), listener(json())],
    ['WebSocket', 'on another port', listener(json()), listener({ protocol: 'WebSocket', port: 81 })],
    ['UDP singleton', 'on the same port', listener(call), listener({ ...call, connect: { ...connect, port: 2 } })],
  ] as const)('are reported: %s %s', (sessions, _, held, wanted) => {
    expect(ends(holding(held), holding(wanted))).toEqual([{ listener: held.name, sessions }])
  })

  it('are reported for a deleted listener', () => {
    const held = listener(web())
    expect(ends(holding(held), EMPTY_CONFIG)).toEqual([{ listener: held.name, sessions: 'WebSocket' }])
  })

  it('are reported if they are ended one by one', () => {
    const held = listener({ protocol: 'TCP', port: 80 })
    const listeners = held.name.slice(0, held.name.indexOf('@') + 1)
    expect(endedBy({ op: 'end-sessions', listeners }, holding(held))).toEqual([
      { listener: held.name, sessions: 'all' },
    ])
  })

  it.each(['TCP', 'UDP', 'HTTP'] as const)('do not include those of %s', protocol => {
    const [held, wanted] = [80, 81].map(port => listener({ protocol, port }))
    expect(ends(holding(held as Listener), holding(wanted as Listener))).toEqual([])
  })
})
