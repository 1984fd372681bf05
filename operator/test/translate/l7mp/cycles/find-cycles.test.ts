import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findCycles, loopThrough } from '../../../../src/translate/l7mp/cycles/find-cycles.ts'
import type { Outline } from '../../../../src/translate/l7mp/cycles/outlines.ts'

type Outlines = ReadonlyMap<string, Outline>
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f']
const everywhere = () => () => true

const outlines: fc.Arbitrary<Outlines> = fc
  .array(
    fc.array(fc.record({ isAlways: fc.boolean(), next: fc.subarray(NAMES, { maxLength: 2 }) }), { maxLength: 3 }),
    { minLength: NAMES.length, maxLength: NAMES.length },
  )
  .map(lists => new Map(NAMES.map((name, i) => [name, lists[i] ?? []])))

const of = (all: Outlines) => (list: string) => all.get(list) ?? []
const ringsOf = (all: Outlines) => findCycles(all.keys(), of(all), everywhere)
const leadsOf = (all: Outlines, list: string) => of(all)(list).flatMap(({ next }) => next)

/** Whether sessions of one list can get to another, by one step at least. */
function gets(all: Outlines, from: string, to: string): boolean {
  const seen = new Set(leadsOf(all, from))
  for (const list of seen) for (const next of leadsOf(all, list)) seen.add(next)
  return seen.has(to)
}

describe('cycles', () => {
  it('equal those of a search from each list', () => {
    fc.assert(
      fc.property(outlines, all => {
        const cycles = ringsOf(all)
        for (const from of NAMES) {
          expect(cycles.has(from)).toBe(gets(all, from, from))
          for (const to of leadsOf(all, from))
            expect(loopThrough(from, [to], cycles.get(from)) !== undefined).toBe(to === from || gets(all, to, from))
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('trap sessions that no rule lets out', () => {
    fc.assert(
      fc.property(outlines, all => {
        const cycles = ringsOf(all)
        for (const list of NAMES) {
          const cycle = cycles.get(list)
          if (cycle === undefined) continue
          expect(cycle.trapped.has(list)).toBe(!getsOut(all, list, new Set(cycle.next.keys()), NAMES.length))
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('do not exist if each list leads only to later ones', () => {
    fc.assert(
      fc.property(outlines, all => {
        const later = (list: string) => (lead: string) => lead > list
        const acyclic = new Map(
          [...all].map(([list, outline]) => [
            list,
            outline.map(branch => ({ ...branch, next: branch.next.filter(later(list)) })),
          ]),
        )
        expect(ringsOf(acyclic).size).toBe(0)
      }),
    )
  })

  it('are shown as a path that sessions can take', () => {
    fc.assert(
      fc.property(outlines, all => {
        const cycles = ringsOf(all)
        const edges = NAMES.flatMap(from => leadsOf(all, from).map(to => [from, to] as const))
        for (const [from, to] of edges) {
          const { path } = loopThrough(from, [to], cycles.get(from)) ?? { path: [from, to, from] }
          expect([path[0], path[1], path.at(-1)]).toEqual([from, to, from])
          if (!cycles.get(from)?.next.get(from)?.has(to)) continue
          path.slice(1).forEach((list, i) => void expect(leadsOf(all, path[i] ?? '')).toContain(list))
        }
      }),
    )
  })

  it('can be long, and so can a chain without a cycle', () => {
    const chain = new Map<string, Outline>(
      Array.from({ length: 20_000 }, (_, i) => [`${i}`, [{ isAlways: true, next: [`${i + 1}`] }]]),
    )
    const closed = (isAlways: boolean): Outlines => new Map([...chain, ['20000', [{ isAlways, next: ['0'] }]]])
    expect(ringsOf(chain).size).toBe(0)
    const cycle = ringsOf(closed(true)).get('7')
    expect(cycle?.trapped.size).toBe(20_001)
    expect(loopThrough('7', ['8'], cycle)).toEqual({ path: ['7', '8', '…', '7'], isCertain: true })
    const out = ringsOf(closed(false)).get('7')
    expect(loopThrough('7', ['8'], out)?.isCertain).toBe(false)
  })

  it('can be dense, and are shown abbreviated', () => {
    // Each list applies all others, except for the path back to the first, which is long.
    const names = Array.from({ length: 400 }, (_, i) => `${i}`)
    const next = (from: number) => names.filter((_, to) => (to === 0 || to === 399 ? from > 397 : true))
    const all: Outlines = new Map(names.map((name, i) => [name, [{ isAlways: false, next: next(i) }]]))
    const cycles = ringsOf(all)
    expect(loopThrough('0', names, cycles.get('0'))?.path).toEqual(['0', '1', '398', '0'])
    expect(loopThrough('2', ['1'], cycles.get('2'))?.path).toEqual(['2', '1', '2'])
    for (const from of names) for (const to of names) loopThrough(from, [to], cycles.get(from))
  })

  // An exhaustive search would take minutes.
  it('can be a large dense graph', { timeout: 12_000 }, () => {
    const COUNT = 1000
    const next = (i: number) => Array.from({ length: 25 }, (_, k) => `${(i * 7 + k * k * 31 + 1) % COUNT}`)
    const tangle: Outlines = new Map(
      Array.from({ length: COUNT }, (_, i) => [`${i}`, next(i).map(to => ({ isAlways: false, next: [to] }))]),
    )
    const cycles = ringsOf(tangle)
    const circles = [...tangle.keys()].flatMap(list =>
      next(Number(list)).map(to => loopThrough(list, [to], cycles.get(list))),
    )
    expect(circles.every(circle => circle !== undefined && circle.path.length <= 10)).toBe(true)
  })

  it('have an exit if a Rule lets sessions out on all proxies', () => {
    const all: Outlines = new Map([
      [
        'a',
        [
          { isAlways: true, rule: 'r', next: [] },
          { isAlways: true, next: ['a'] },
        ],
      ],
      [
        'b',
        [
          { isAlways: true, rule: 'r', next: ['b'] },
          { isAlways: true, next: [] },
        ],
      ],
    ])
    const trapped = (acts: () => boolean) =>
      ['a', 'b'].filter(list =>
        findCycles(all.keys(), of(all), () => acts)
          .get(list)
          ?.trapped.has(list),
      )
    expect(trapped(() => true)).toEqual(['b'])
    expect(trapped(() => false)).toEqual([])
  })
})

/** Tries every rule that can match a session: it leaves the cycle at a rule that refers to no list of the cycle. */
function getsOut(all: Outlines, list: string, cycle: ReadonlySet<string>, steps: number): boolean {
  const outline = of(all)(list)
  const last = outline.findIndex(({ isAlways }) => isAlways)
  if (last < 0) return true
  return outline.slice(0, last + 1).some(({ next }) => {
    const inside = next.filter(lead => cycle.has(lead))
    return inside.every(lead => steps > 0 && getsOut(all, lead, cycle, steps - 1))
  })
}
