import { describe, expect, it } from 'vitest'
import type { Snapshot } from '../../src/sources/snapshot.ts'
import { createTranslator } from '../../src/translate/translate.ts'
import { podOf, snapshotOf } from './support.ts'

const service = (n: number, host = '10.0.0.1') => ({
  kind: 'VirtualService',
  metadata: { name: `s${n}`, namespace: 'default' },
  spec: {
    selector: { matchLabels: { set: `${n % 10}` } },
    listener: {
      spec: { UDP: { port: 2000 + n } },
      rules: [
        {
          action: { route: { destination: { spec: { UDP: { port: 53 } }, endpoints: [{ spec: { address: host } }] } } },
        },
      ],
    },
  },
})
const proxies = Array.from({ length: 20 }, (_, n) =>
  podOf({ name: `p${n}`, ip: `10.1.0.${n}`, proxy: true, labels: { set: `${n % 10}` } }),
)

function edited(before: Snapshot, resource: Parameters<typeof snapshotOf>[0][number]): Snapshot {
  const made = snapshotOf([resource]).virtualServices
  return { ...before, virtualServices: new Map([...before.virtualServices, ...made]) }
}

describe('an edit of one resource', () => {
  const translate = createTranslator()
  const first = snapshotOf([...proxies, ...Array.from({ length: 1000 }, (_, n) => service(n))])
  const before = translate(first)
  const after = translate(edited(first, service(7, '10.0.0.2')))

  it('leaves proxies with equal configs sharing one', () => {
    expect(new Set([...before.proxies.values()].map(({ config }) => config)).size).toBe(10)
    expect(new Set([...before.proxies.values()].map(({ parts }) => parts)).size).toBe(10)
  })

  it('changes only the proxies that the resource selects', () => {
    const touched = [...after.proxies].filter(([key, desired]) => desired !== before.proxies.get(key))
    expect(touched.map(([key]) => key).sort()).toEqual(['default/p17', 'default/p7'])
  })

  it('replaces only the objects that differ', () => {
    const old = before.proxies.get('default/p7')?.config
    const now = after.proxies.get('default/p7')?.config
    expect(now?.listeners).toBe(old?.listeners)
    expect(now?.rules).toBe(old?.rules)
    expect(now?.routes).toBe(old?.routes)
    const changed = [...(now?.clusters ?? [])].filter(([name, cluster]) => old?.clusters.get(name) !== cluster)
    expect(changed.map(([, { endpoints }]) => endpoints[0]?.spec.address)).toEqual(['10.0.0.2'])
  })

  it('has no effect if nothing changed', () => {
    const again = translate(edited(first, service(7, '10.0.0.2')))
    for (const [key, desired] of again.proxies) expect(desired).toBe(after.proxies.get(key))
  })
})

/** Each routes its sessions to the next, by name. */
const link = (n: number, next: string) => ({
  kind: 'VirtualService',
  metadata: { name: `s${n}`, namespace: 'default' },
  spec: {
    selector: { matchLabels: { set: `${n % 10}` } },
    listener: { spec: { UDP: { port: 2000 + n } }, rules: [{ action: { route: { destinationRef: next } } }] },
  },
})
const LENGTH = 2000
const chain = Array.from({ length: LENGTH }, (_, n) => link(n, `s${n + 1}`)).slice(0, -1)

describe('a chain of many VirtualServices', () => {
  const translate = createTranslator()
  const end = link(LENGTH - 1, 'nowhere')
  const open = snapshotOf([...proxies, ...chain, end])
  const before = translate(open)
  const reasons = ({ verdicts }: typeof before) =>
    [...verdicts.values()].flatMap(({ problems }) => problems.map(({ reason }) => reason))

  it('is followed to its end', () => {
    expect(reasons(before)).toEqual(['RefNotFound'])
  })

  it('is recomputed only where it is edited', () => {
    const after = translate(edited(open, link(7, 's9')))
    const touched = [...after.proxies].filter(([key, desired]) => desired !== before.proxies.get(key))
    expect(touched.map(([key]) => key).sort()).toEqual(['default/p17', 'default/p7'])
    for (const [key, verdict] of after.verdicts) expect(verdict).toBe(before.verdicts.get(key))
  })

  it('reports a loop on every member when it is closed, until it is opened again', () => {
    expect(new Set(reasons(translate(edited(open, link(LENGTH - 1, 's0')))))).toEqual(new Set(['RouteCycle']))
    expect(reasons(translate(open))).toEqual(['RefNotFound'])
  })
})

it('a long chain of rulelists that apply each other is followed to its end', () => {
  const rule = (n: number) => ({
    kind: 'Rule',
    metadata: { name: `r${n}` },
    spec: { selector: {}, rulelist: `list-${n}`, rule: { action: { apply: `list-${n + 1}` } } },
  })
  const first = {
    kind: 'VirtualService',
    metadata: { name: 'first' },
    spec: { selector: {}, listener: { spec: { UDP: { port: 53 } }, rules: [{ action: { apply: 'list-0' } }] } },
  }
  const rules = Array.from({ length: 300 }, (_, n) => rule(n))
  const { proxies: made } = createTranslator()(snapshotOf([...proxies, first, ...rules]))
  expect(made.get('default/p7')?.config.rulelists.size).toBe(301)
})
