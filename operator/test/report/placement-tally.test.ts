import { type Config, EMPTY_CONFIG } from '@l7mesh/proxy-client'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPlacementTally } from '../../src/report/placement-tally.ts'
import { judgePlacement, type ProxyReport } from '../../src/report/placements.ts'
import { createStatuses, type StatusInput, statuses } from '../../src/report/status.ts'
import { EMPTY_SNAPSHOT, type ResourceKey } from '../../src/sources/snapshot.ts'
import type { DesiredProxy } from '../../src/translate/desired.ts'
import { fleets, RESOURCES } from './fleet-states.ts'

describe('the tally of placements', () => {
  it('equals a new one after any history', () => {
    fc.assert(
      fc.property(fleets, moments => {
        const tally = createPlacementTally()
        let before = RESOURCES.map(tally.summaryOf)
        for (const proxies of moments) {
          const anew = createPlacementTally()
          anew.update(proxies)
          const changed = tally.update(proxies)
          const now = RESOURCES.map(tally.summaryOf)
          expect(now).toEqual(RESOURCES.map(anew.summaryOf))
          expect(changed).toEqual(new Set(RESOURCES.filter((_, index) => now[index] !== before[index])))
          before = now
        }
      }),
      { numRuns: 150 },
    )
  })

  it('leads to the same statuses as a new one', () => {
    fc.assert(
      fc.property(fleets, moments => {
        const again = createStatuses()
        for (const proxies of moments) expect(again(inputOf(proxies))).toEqual(statuses(inputOf(proxies)))
      }),
      { numRuns: 100 },
    )
  })
})

describe('the cost of a change among 50 proxies and 40 resources', () => {
  const PROXIES = Array.from({ length: 50 }, (_, index) => `p${index}`)
  const FIRST: ResourceKey = 'VirtualService/default/v0'
  const EDITED: ResourceKey = 'VirtualService/default/v7'
  const KEYS = Array.from({ length: 40 }, (_, index): ResourceKey => `VirtualService/default/v${index}`)

  /** All resources in the same version, except one. */
  function designOf(edited?: ResourceKey): Pick<DesiredProxy, 'config' | 'parts'> {
    const names = KEYS.map(key => ({ key, name: `${key}@${key === edited ? 2 : 1}` }))
    return {
      config: { ...EMPTY_CONFIG, rulelists: new Map(names.map(({ name }) => [name, { name, rules: [] }])) },
      parts: new Map(names.map(({ key, name }) => [key, [{ kind: 'rulelist', name }]])),
    }
  }

  function fleet() {
    let judged = 0
    const tally = createPlacementTally({
      judge: (ids, facts) => {
        judged += 1
        return judgePlacement(ids, facts)
      },
    })
    const proxies = new Map<string, ProxyReport>()
    const set = (
      design: Pick<DesiredProxy, 'config' | 'parts'>,
      keys: readonly string[],
      known: Partial<ProxyReport>,
    ) => {
      for (const key of keys) proxies.set(key, reportOf(key, design, known))
      judged = 0
      return { changed: tally.update(new Map(proxies)), judged }
    }
    return { tally, set }
  }

  const marked = (config: Config, proxy: string): Config => ({
    ...config,
    rulelists: new Map([...config.rulelists, ['marker', { name: 'marker', rules: [proxy] }]]),
  })

  it('is no placement if all proxies are complete', () => {
    const { tally, set } = fleet()
    const design = designOf()
    expect(set(design, PROXIES, { phase: 'converged', live: design.config }).judged).toBe(0)
    expect(set(design, ['p3'], { phase: 'converged', live: marked(design.config, 'p3') })).toEqual({
      changed: new Set(),
      judged: 0,
    })
    expect(tally.summaryOf(FIRST)).toMatchObject({ selected: 50, programmed: 50 })
  })

  it('is one placement if one resource was edited and no proxy has it yet', () => {
    const { tally, set } = fleet()
    const [design, edit] = [designOf(), designOf(EDITED)]
    set(design, PROXIES, { phase: 'converged', live: design.config })
    for (const proxy of PROXIES) set(design, [proxy], { phase: 'converged', live: marked(design.config, proxy) })
    let judged = 0
    for (const proxy of PROXIES)
      judged += set(edit, [proxy], { phase: 'converging', live: marked(design.config, proxy) }).judged
    expect(judged).toBe(1)
    expect(tally.summaryOf(EDITED)).toMatchObject({ selected: 50, programmed: 0 })
    expect(set(edit, ['p0'], { phase: 'converged', live: edit.config })).toEqual({
      changed: new Set([EDITED]),
      judged: 0,
    })
  })

  it('is one placement per resource if all proxies are empty', () => {
    const { set } = fleet()
    const design = designOf()
    let judged = 0
    for (const proxy of PROXIES)
      judged += set(design, [proxy], { phase: 'converging', live: marked(EMPTY_CONFIG, proxy) }).judged
    expect(judged).toBe(KEYS.length)
  })

  it('is no placement if proxies become unreachable, with different messages', () => {
    const { tally, set } = fleet()
    const design = designOf()
    set(design, PROXIES, { phase: 'converged', live: design.config })
    for (const proxy of PROXIES) {
      const error = { code: 'unreachable', message: `no route to ${proxy}` }
      const { changed, judged } = set(design, [proxy], { phase: 'unreachable', error })
      expect({ changed: changed.size, judged }).toEqual({ changed: KEYS.length, judged: 0 })
    }
    expect(tally.summaryOf(FIRST)).toMatchObject({
      programmed: 0,
      firstMissing: { proxy: 'p0', reason: 'ProxyUnreachable' },
    })
  })
})

function reportOf(
  key: string,
  design: Pick<DesiredProxy, 'config' | 'parts'>,
  known: Partial<ProxyReport>,
): ProxyReport {
  return {
    desired: { proxy: { key, uid: 'u', address: '127.0.0.1', port: 1234 }, ...design },
    phase: 'unknown',
    live: undefined,
    failures: new Map(),
    error: undefined,
    endedSessions: new Set(),
    strandedSessions: new Map(),
    ...known,
  }
}

const SNAPSHOT = {
  ...EMPTY_SNAPSHOT,
  virtualServices: new Map(
    RESOURCES.map(key => {
      const [, namespace = '', name = ''] = key.split('/')
      const spec = { selector: {}, listener: { spec: { TCP: { port: 80 } }, rules: [] } }
      return [
        `${namespace}/${name}`,
        { apiVersion: 'l7mp.io/v1', kind: 'VirtualService', metadata: { namespace, name }, spec } as const,
      ]
    }),
  ),
}
const FLEET = { proxies: new Map(), verdicts: new Map(), destinations: new Map() }

function inputOf(proxies: ReadonlyMap<string, ProxyReport>): StatusInput {
  return { snapshot: SNAPSHOT, fleet: FLEET, proxies, rejected: new Map() }
}
