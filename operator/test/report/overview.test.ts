import { createCompare, EMPTY_CONFIG, MARKER, RESOURCE_PREFIX, type RuleList } from '@l7mesh/proxy-client'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { logEntries, reportedState } from '../../src/report/log/log-entries.ts'
import { createObjectCounter } from '../../src/report/object-counter.ts'
import { createOverviews, type Overview, overviewOf } from '../../src/report/overview.ts'
import { createStatuses } from '../../src/report/status.ts'
import { EMPTY_SNAPSHOT } from '../../src/sources/snapshot.ts'
import { fleets, RESOURCES } from './fleet-states.ts'

const FLEET = { proxies: new Map(), verdicts: new Map(), destinations: new Map() }
const rejected = new Map(RESOURCES.map(key => [key, [{ path: 'spec', message: 'is wrong', help: 'Fix it' }]] as const))
const NOTHING = { pods: new Map(), problems: [], located: new Map() }

it('equals a new one after any history', () => {
  fc.assert(
    fc.property(fleets, moments => {
      const compare = createCompare()
      const overviews = createOverviews()
      const statuses = createStatuses({ compare })
      let before: { readonly again: Overview | undefined; readonly anew: Overview | undefined } | undefined
      for (const proxies of moments) {
        const input = {
          ...NOTHING,
          proxies,
          statuses: statuses({ snapshot: EMPTY_SNAPSHOT, fleet: FLEET, proxies, rejected }),
        }
        const again = overviews({ ...input, compare })
        const anew = structuredClone(overviewOf(input))
        expect(again).toEqual(anew)
        expect(logEntries(before?.again, again)).toEqual(logEntries(before?.anew, anew))
        before = { again: reportedState(before?.again, again), anew: reportedState(before?.anew, anew) }
      }
    }),
    { numRuns: 100 },
  )
})

it('has the same objects for unchanged rows', () => {
  const [proxies = new Map()] = fc
    .sample(fleets, { numRuns: 1, seed: 1 })
    .flat()
    .filter(({ size }) => size > 1)
  const input = { ...NOTHING, proxies, statuses: new Map() }
  const overviews = createOverviews()
  const [before, after] = [overviews(input), overviews({ ...input, proxies: new Map(proxies) })]
  expect(before.proxies.length).toBeGreaterThan(1)
  for (const [index, proxy] of before.proxies.entries()) expect(after.proxies[index]).toBe(proxy)
})

it('counts the names of a shared map once', () => {
  let read = 0
  class Counted<V> extends Map<string, V> {
    override values() {
      read += this.size
      return super.values()
    }
  }
  const named = (name: string): readonly [string, RuleList] => [
    `${RESOURCE_PREFIX}${name}`,
    { name: `${RESOURCE_PREFIX}${name}`, rules: [] },
  ]
  const rulelists = new Counted(Array.from({ length: 20 }, (_, index) => named(`l${index}`)))
  const desired = { ...EMPTY_CONFIG, rulelists }
  const compare = createCompare()
  const counter = createObjectCounter(compare)
  expect(counter.desired(desired)).toBe(20)
  for (let proxy = 0; proxy < 50; proxy++) {
    const marker = [{ name: MARKER, rules: [`${proxy}`] }]
    const live = { ...desired, rulelists: compare.whole(rulelists, marker) }
    expect(counter.live(live, desired)).toBe(20)
  }
  expect(read).toBe(20)
})
