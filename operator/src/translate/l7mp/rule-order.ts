/** The rules of a rulelist on a proxy, in their order: those of a VirtualService, and the Rules inserted into them. */

import type { WholeMesh } from './resource-queries.ts'
import { inOrder, positionOf } from './rulelists.ts'
import type { BuiltRule, From } from './scope.ts'

export type Item = {
  readonly built: BuiltRule
  /** True for a Rule that says itself where it belongs, and false for one that the list asks for. */
  readonly inserted: boolean
}

/** `acts` tells which Rules act on the proxy. */
export function sequence(list: string, from: From, acts: (rule: string) => boolean, mesh: WholeMesh): readonly Item[] {
  const inserted = insertions(list, from, acts, mesh)
  if (mesh.world.virtualService(list) === undefined) return distinct(inserted.map(({ item }) => item))
  const { rules, rulesRef } = mesh.ownRules(`${from} ${list}`)
  const own =
    rulesRef === undefined
      ? rules.map(built => ({ built, inserted: false }))
      : sequence(rulesRef, from, acts, mesh).map(item => ({ ...item, inserted: false }))
  return distinct(merged(own, inserted))
}

type Insertion = { readonly position: number; readonly item: Item }

function insertions(list: string, from: From, acts: (rule: string) => boolean, mesh: WholeMesh): readonly Insertion[] {
  const keys = mesh.world.rulesOf(list).filter(acts)
  if (keys.length === 0) return []
  const rules = keys.flatMap(key => {
    const rule = mesh.world.rule(key)
    return rule === undefined ? [] : [[key, rule] as const]
  })
  return inOrder(rules).flatMap(([key, { spec }]) => {
    const { built } = mesh.rule(`${from} ${key}`)
    return built === undefined ? [] : [{ position: positionOf(spec), item: { built, inserted: true } }]
  })
}

/** A position counts the list's own rules, so what one Rule means does not depend on the others. */
function merged(own: readonly Item[], inserted: readonly Insertion[]): readonly Item[] {
  if (inserted.length === 0) return own
  const at = (position: number) => inserted.filter(one => one.position === position).map(({ item }) => item)
  const last = inserted.filter(({ position }) => position >= own.length).map(({ item }) => item)
  return [...own.flatMap((item, i) => [...at(i), item]), ...last]
}

/** Of equal rules the first decides, so the others are not there. */
function distinct(items: readonly Item[]): readonly Item[] {
  const seen = new Map<string, Item>()
  for (const item of items) if (!seen.has(item.built.rule.name)) seen.set(item.built.rule.name, item)
  return [...seen.values()]
}
