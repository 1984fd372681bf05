/** The cost of a change, in computed and read values: it must not grow with the size of the mesh more than necessary. */
import { describe, expect, it } from 'vitest'
import type { Snapshot } from '../../src/sources/snapshot.ts'
import { type Cost, createMemo } from '../../src/translate/incremental/memo.ts'
import { createTranslator, DEFAULT_OPTIONS } from '../../src/translate/translate.ts'
import { podOf, snapshotOf } from './support.ts'

type Manifest = Parameters<typeof snapshotOf>[0][number]

const proxy = (n: number) =>
  podOf({ name: `p${n}`, ip: `10.1.${n >> 8}.${n & 255}`, proxy: true, labels: { app: 'l7mp' } })
const backend = (n: number, last: number) =>
  podOf({ name: `b${n}`, ip: `10.2.${n}.${last}`, labels: { backend: `${n}` } })

/** All select all proxies. */
const service = (name: string, listener: object, labels?: object) => ({
  kind: 'VirtualService',
  metadata: { name, ...(labels && { labels }) },
  spec: { selector: { matchLabels: { app: 'l7mp' } }, listener },
})
const udp = (n: number) => ({ spec: { UDP: { port: 2000 + n } } })
const routed = (n: number, host = '10.0.0.1') =>
  service(`s${n}`, {
    ...udp(n),
    rules: [{ action: { route: { destination: { spec: { UDP: { port: 53 } }, endpoints: endpoints(n, host) } } } }],
  })
const endpoints = (n: number, host: string) => [
  { spec: { address: host } },
  { selector: { matchLabels: { backend: `${n % 10}` } } },
]
const count = (n: number, make: (n: number) => Manifest) => Array.from({ length: n }, (_, i) => make(i))
const mesh = (proxies: number, services: number) =>
  snapshotOf([...count(proxies, proxy), ...count(10, n => backend(n, 1)), ...count(services, n => routed(n))])

/** The cost of each change, applied in order. */
function costs(first: Snapshot, changes: Readonly<Record<string, (before: Snapshot) => Snapshot>>) {
  const memo = createMemo()
  const translate = createTranslator(DEFAULT_OPTIONS, memo)
  let current = first
  const cost = (next: Snapshot): Cost => {
    const before = memo.cost()
    translate(next)
    current = next
    const { computed, reads } = memo.cost()
    return { computed: computed - before.computed, reads: reads - before.reads }
  }
  return {
    first: cost(first),
    ...Object.fromEntries(Object.entries(changes).map(([name, change]) => [name, cost(change(current))])),
  } as Readonly<Record<string, Cost>>
}

function put(before: Snapshot, manifest: Manifest): Snapshot {
  const made = snapshotOf([manifest])
  const tables = Object.entries(before).map(([kind, table]) => {
    const added = Object.entries(made).find(([name]) => name === kind)?.[1] ?? []
    return [kind, new Map<string, unknown>([...table, ...added])] as const
  })
  return Object.fromEntries(tables) as unknown as Snapshot
}

function without(before: Snapshot, kind: 'virtualServices' | 'pods', name: string): Snapshot {
  const left = new Map<string, unknown>(before[kind])
  left.delete(`default/${name}`)
  return { ...before, [kind]: left } as Snapshot
}

describe('a change on proxies with equal configs', () => {
  const changes = {
    edit: (before: Snapshot) => put(before, routed(7, '10.0.0.2')),
    endpoint: (before: Snapshot) => put(before, backend(3, 2)),
    'new service': (before: Snapshot) => put(before, routed(5000)),
    'removed service': (before: Snapshot) => without(before, 'virtualServices', 's5000'),
    'new proxy': (before: Snapshot) => put(before, proxy(5000)),
    'removed proxy': (before: Snapshot) => without(before, 'pods', 'p5000'),
    'first proxy removed': (before: Snapshot) => without(before, 'pods', 'p0'),
  }
  const [small, large] = [costs(mesh(100, 100), changes), costs(mesh(400, 400), changes)]

  it('computes no more values in a large mesh', () => {
    for (const name of Object.keys(changes).filter(one => one !== 'endpoint'))
      expect([name, (large[name]?.computed ?? 0) - (small[name]?.computed ?? 0)]).toEqual([name, expect.closeTo(0, -1)])
    for (const name of Object.keys(changes)) expect([name, (large[name]?.computed ?? 0) < 400]).toEqual([name, true])
  })

  it('reads values in proportion to proxies plus resources, not to their product', () => {
    for (const name of ['first', ...Object.keys(changes)])
      expect([name, (large[name]?.reads ?? 0) / (small[name]?.reads ?? 1) < 4.5]).toEqual([name, true])
    expect(large.edit?.reads).toBeLessThan(2 * 400)
    expect(large.endpoint?.reads).toBeLessThan(6 * 400)
    for (const name of Object.keys(changes)) expect(large[name]?.reads).toBeLessThan(16 * 400)
  })
})

const tcp = (n: number) => ({ spec: { TCP: { port: 2000 + n } } })
const echo = { action: { route: { destination: { spec: { Echo: {} } } } } }

describe.each<[string, (length: number) => Snapshot, (length: number) => Manifest]>([
  [
    'VirtualServices that apply the next one each',
    length =>
      snapshotOf([
        ...count(3, proxy),
        ...count(length, n => service(`s${n}`, { ...tcp(n), rules: [echo, { action: { apply: `s${n + 1}` } }] })),
        service(`s${length}`, { ...tcp(length), rules: [echo] }),
      ]),
    length => service(`s${length}`, { ...tcp(length), rules: [echo] }, { edited: 'yes' }),
  ],
  [
    'VirtualServices that have the rules of the next one each',
    length =>
      snapshotOf([
        ...count(3, proxy),
        ...count(length, n => service(`s${n}`, { ...tcp(n), rulesRef: `s${n + 1}` })),
        service(`s${length}`, { ...tcp(length), rules: [echo] }),
      ]),
    length => service(`s${length}`, { ...tcp(length), rules: [echo] }, { edited: 'yes' }),
  ],
  [
    'VirtualServices that lead to one',
    length =>
      snapshotOf([
        ...count(3, proxy),
        ...count(length, n =>
          service(`s${n}`, { ...tcp(n), rules: count10(() => ({ action: { route: { destinationRef: 'hub' } } })) }),
        ),
        service('hub', { ...tcp(length), rules: [echo] }),
      ]),
    length => service('hub', { ...tcp(length), rules: [echo] }, { edited: 'yes' }),
  ],
])('%s', (_, make, edited) => {
  const label = (length: number) => ({ label: (before: Snapshot) => put(before, edited(length)) })
  const [small, large] = [costs(make(200), label(200)), costs(make(800), label(800))]

  it('cost in proportion to their number', () => {
    expect((large.first?.computed ?? 0) / (small.first?.computed ?? 1)).toBeLessThan(4.2)
    expect((large.first?.reads ?? 0) / (small.first?.reads ?? 1)).toBeLessThan(6)
  })

  it('stop the propagation of an edited label', () => {
    expect(small.label?.computed).toBeLessThan(25)
    expect(large.label?.computed).toBe(small.label?.computed)
  })
})

function count10<T>(make: () => T): readonly T[] {
  return Array.from({ length: 10 }, make)
}
