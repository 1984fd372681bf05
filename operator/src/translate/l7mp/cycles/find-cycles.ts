/**
 * Cycles of rulelists: sessions pass from one rulelist to the next, by `apply` or through a listener, and can return to an
 * earlier one. Pure, and without recursion, because cycles can be long.
 */
import type { Outline } from './outlines.ts'

/** A strongly connected component of the graph of rulelists. */
export type Cycle = {
  /** Its rulelists, each with those of them that its sessions can reach, in order. */
  readonly next: ReadonlyMap<string, ReadonlySet<string>>
  /**
   * The rulelists whose sessions never leave the cycle: every rule that can match leads to such a rulelist again. Sessions
   * of the others leave it by some match.
   */
  readonly trapped: ReadonlySet<string>
}

/**
 * For a rulelist of a cycle: called for one Rule after the other, whether these Rules together select all proxies on which
 * sessions reach that rulelist from the others.
 */
type Acts = (list: string, cycle: readonly string[]) => (rule: string) => boolean

/** By rulelist: the cycles that sessions of `starts` can reach. */
export function findCycles(
  starts: Iterable<string>,
  outline: (list: string) => Outline,
  acts: Acts,
): ReadonlyMap<string, Cycle> {
  const graph = graphFrom(starts, outline)
  const cycles = new Map<string, Cycle>()
  for (const members of components(graph)) {
    const [first = ''] = members
    if (members.length === 1 && !graph.get(first)?.has(first)) continue
    const cycle = cycleOf(members, graph, outline, acts)
    for (const member of members) cycles.set(member, cycle)
  }
  return cycles
}

type Graph = ReadonlyMap<string, ReadonlySet<string>>

function graphFrom(starts: Iterable<string>, outline: (list: string) => Outline): Graph {
  const graph = new Map<string, ReadonlySet<string>>()
  const lists = new Set(starts)
  // Iteration includes items that are added meanwhile.
  for (const list of lists) {
    const next = new Set(outline(list).flatMap(({ next }) => next))
    if (next.size > 0) graph.set(list, next)
    for (const one of next) lists.add(one)
  }
  return graph
}

/** Strongly connected components: Kosaraju's algorithm, without recursion. */
function components(graph: Graph): readonly (readonly string[])[] {
  const back = reversed(graph)
  const seen = new Set<string>()
  return inOrderOfLeaving(graph)
    .toReversed()
    .flatMap(start => {
      if (seen.has(start)) return []
      const members = new Set([start])
      for (const member of members) {
        seen.add(member)
        for (const one of back.get(member) ?? []) if (!seen.has(one)) members.add(one)
      }
      return [[...members].sort()]
    })
}

function reversed(graph: Graph): ReadonlyMap<string, readonly string[]> {
  const back = new Map<string, string[]>([...graph.keys()].map(list => [list, []]))
  for (const [list, ones] of graph) for (const one of ones) back.get(one)?.push(list)
  return back
}

/** Each list comes after those that were first reached from it. */
function inOrderOfLeaving(graph: Graph): readonly string[] {
  const left: string[] = []
  const entered = new Set<string>()
  const path: { readonly list: string; readonly rest: Iterator<string, undefined> }[] = []
  const enter = (list: string) => {
    if (entered.has(list)) return
    entered.add(list)
    path.push({ list, rest: (graph.get(list) ?? new Set<string>()).values() })
  }
  for (const start of graph.keys()) {
    enter(start)
    for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
      const { done, value } = last.rest.next()
      if (!done) enter(value)
      else left.push(path.pop()?.list ?? '')
    }
  }
  return left
}

function cycleOf(members: readonly string[], graph: Graph, outline: (list: string) => Outline, acts: Acts): Cycle {
  const all = new Set(members)
  const within = (list: string) => [...(graph.get(list) ?? [])].filter(one => all.has(one)).sort()
  const next = new Map(members.map(list => [list, new Set(within(list))]))
  const before = reversed(next)
  const trapped = new Set(members)
  // A rulelist that leads to one that lets sessions out may let them out too.
  const doubtful = new Set(members)
  for (const list of doubtful) {
    doubtful.delete(list)
    if (!trapped.has(list) || keepsAll(outline(list), trapped, acts(list, members))) continue
    trapped.delete(list)
    for (const one of before.get(list) ?? []) doubtful.add(one)
  }
  return { next, trapped }
}

/** Whether every session of a rulelist reaches one of `lists`. */
function keepsAll(outline: Outline, lists: ReadonlySet<string>, acts: (rule: string) => boolean): boolean {
  for (const { isAlways, rule, next } of outline) {
    if (!next.some(list => lists.has(list))) return false
    if (isAlways && (rule === undefined || acts(rule))) return true
  }
  return false
}

/** A longer path is abbreviated to its ends. */
const MOST_NAMED = 8

/** Limit of the edges searched for a short path: a cycle may have one for each pair of rulelists. */
const MOST_SEARCHED = 1000

export type Loop = {
  /** From a rulelist back to itself. */
  readonly path: readonly string[]
  /** Whether every session that reaches it loops. */
  readonly isCertain: boolean
}

/** The loop that a route of `list` to `to` closes, if any; preferably a certain one. */
export function loopThrough(list: string, to: readonly string[], cycle: Cycle | undefined): Loop | undefined {
  const next = cycle?.next.get(list)
  const back = to.filter(one => next?.has(one))
  const trap = cycle?.trapped.has(list) ? back.find(one => cycle.trapped.has(one)) : undefined
  const worst = trap ?? back[0]
  if (cycle === undefined || worst === undefined) return undefined
  return { path: [list, ...pathBack(worst, list, cycle)], isCertain: trap !== undefined }
}

/** The shortest path, or only its ends if it is long or expensive to find. */
function pathBack(from: string, to: string, { next }: Cycle): readonly string[] {
  if (from === to) return [to]
  const ways = new Map<string, readonly string[]>([[from, [from]]])
  let left = MOST_SEARCHED
  for (const [list, way] of ways) {
    const further = next.get(list) ?? new Set()
    if (further.has(to)) return [...way, to]
    left -= further.size
    const isFar = left < 0 || way.length + 1 === MOST_NAMED
    const unseen = isFar ? [] : [...further].filter(one => !ways.has(one))
    for (const one of unseen) ways.set(one, [...way, one])
  }
  return [from, '…', to]
}
