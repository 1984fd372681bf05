/** The order of the rules of a rulelist: those of a VirtualService, and the Rules inserted into them. */
import type { BuiltRule, ResourceQueries } from '../build/scope.ts'
import type { ListenerProtocol } from '../fields/listener-protocol.ts'
import { inOrder, positionOf } from '../references/rulelists.ts'

export type Item = {
  readonly built: BuiltRule
  /** True for a Rule that names the rulelist, false for a rule of the rulelist itself. */
  readonly inserted: boolean
}

/** Whether a Rule selects the proxy. */
type Acts = (rule: string) => boolean

export function ruleOrder(
  list: string,
  protocol: ListenerProtocol,
  acts: Acts,
  queries: ResourceQueries,
): readonly Item[] {
  const inserted = insertions(list, protocol, acts, queries)
  if (!queries.lookup.virtualServices.has(list)) return distinct(inserted.map(({ item }) => item))
  const { rules, rulesRef } = queries.ownRules(protocol, list)
  const own =
    rulesRef === undefined
      ? rules.map(built => ({ built, inserted: false }))
      : ruleOrder(sourceOf(list, rulesRef, queries), protocol, acts, queries).map(item => ({
          ...item,
          inserted: false,
        }))
  return distinct(merged(own, inserted))
}

function sourceOf(list: string, rulesRef: string, { copy }: ResourceQueries): string {
  return copy(list)?.source ?? rulesRef
}

/** The keys of all Rules that can be inserted into a rulelist. */
export function insertableRules(list: string, { lookup, copy }: ResourceQueries): readonly string[] {
  const lists = new Set([list])
  for (const one of lists) {
    const source = copy(one)?.source
    if (source !== undefined) lists.add(source)
  }
  return [...new Set([...lists].flatMap(one => lookup.rulesOf(one)))]
}

type Insertion = { readonly position: number; readonly item: Item }

function insertions(
  list: string,
  protocol: ListenerProtocol,
  acts: Acts,
  queries: ResourceQueries,
): readonly Insertion[] {
  const keys = queries.lookup.rulesOf(list).filter(acts)
  if (keys.length === 0) return []
  const rules = keys.flatMap(key => {
    const rule = queries.lookup.rules.get(key)
    return rule === undefined ? [] : [[key, rule] as const]
  })
  return inOrder(rules).flatMap(([key, { spec }]) => {
    const { built } = queries.rule(protocol, key, undefined)
    return built === undefined ? [] : [{ position: positionOf(spec), item: { built, inserted: true } }]
  })
}

/** A position counts the rules of the rulelist itself, so it does not depend on other Rules. */
function merged(own: readonly Item[], inserted: readonly Insertion[]): readonly Item[] {
  if (inserted.length === 0) return own
  const at = (position: number) => inserted.filter(one => one.position === position).map(({ item }) => item)
  const last = inserted.filter(({ position }) => position >= own.length).map(({ item }) => item)
  return [...own.flatMap((item, i) => [...at(i), item]), ...last]
}

/** Omits duplicates: only the first of equal rules can match. */
function distinct(items: readonly Item[]): readonly Item[] {
  const seen = new Map<string, Item>()
  for (const item of items) if (!seen.has(item.built.rule.name)) seen.set(item.built.rule.name, item)
  return [...seen.values()]
}
