/**
 * Rulelists by key. The key `NAMESPACE/NAME` is that of a VirtualService, or, where there is none, the name that Rules
 * give to a list of their own.
 */
import type { Action, Rule, RuleItem, VirtualService } from '@l7mesh/crds'
import type { World } from '../lookup/lookup.ts'
import { keyOfReference, parseReference, type RefKind } from '../lookup/references.ts'
import { baseName, rulesName } from '../names.ts'
import type { Scope } from './scope.ts'

/** The key of the rulelist that a `rulesRef` or an `apply` names. */
export function resolveList(text: unknown, { mesh, findings, namespace }: Scope): string | undefined {
  const key = listKey(text, namespace)
  if (key === undefined)
    return findings.problem('InvalidRef', `${JSON.stringify(text)} names neither a VirtualService nor a rulelist.`)
  if (mesh.world.virtualService(key) !== undefined || mesh.world.rulesOf(key).length > 0) return key
  return findings.problem(
    'RefNotFound',
    `There is no VirtualService ${key}, and no Rule with this \`rulelist\`. ${NOT_SEEN} write the rules of such a list as Rules with this \`rulelist\`.`,
  )
}

/** Of the proxies' own config files nothing is known; people who come from the original operator name what is there. */
const NOT_SEEN = "Rulelists in a proxy's own config file are not seen:"

/** What a Rule is told that acts nowhere; undefined for one that may. */
export function unusedProblem(list: string, rule: string, world: World): string | undefined {
  const isUsed =
    world.virtualService(list) !== undefined || world.isNamed(`list ${list}`) || world.isNamed(`rule ${rule}`)
  return isUsed
    ? undefined
    : `There is no VirtualService ${list}, and no \`rulesRef\` or \`apply\` names the rulelist ${list}. ${NOT_SEEN} make the listener that uses it a VirtualService of that name.`
}

/** What a VirtualService names in its rules: `list KEY` and `rule KEY`. */
export function namedByService({ metadata, spec }: VirtualService): readonly string[] {
  const namespace = metadata.namespace ?? 'default'
  const { rules, rulesRef } = spec?.listener ?? {}
  const items = Array.isArray(rules) ? rules.map((item: RuleItem | null) => item ?? {}) : []
  const lists = [
    ...[listKey(rulesRef, namespace)].filter(key => key !== undefined),
    ...items.flatMap(({ action, rule }) => ofAction(rule?.action ?? action, namespace)),
  ]
  const named = items.flatMap(({ ruleRef }) => parseReference(ruleRef, namespace) ?? []).map(keyOfReference)
  return [...new Set([...lists.map(key => `list ${key}`), ...named.map(key => `rule ${key}`)])]
}

/** What a Rule names, in the same way. */
export function namedByRule(rule: Rule): readonly string[] {
  return applied(rule).map(key => `list ${key}`)
}

export function listKey(text: unknown, namespace: string): string | undefined {
  const reference = parseReference(text, namespace)
  if (reference === undefined || reference.port !== undefined) return undefined
  return isList(reference.kind) ? keyOfReference(reference) : undefined
}

function isList(kind: RefKind | undefined): boolean {
  return kind === undefined || kind === 'VirtualService' || kind === 'RuleList'
}

/** The name of a rulelist on a proxy. */
export function rulelistName(key: string, world: World): string {
  return world.virtualService(key) === undefined ? baseName('rulelists', key) : rulesName(key)
}

/** Rules in the order in which they stand in a list: by position, creation, name. */
export function inOrder(rules: readonly (readonly [key: string, rule: Rule])[]): typeof rules {
  return rules.toSorted(([a, { metadata: x, spec: r }], [b, { metadata: y, spec: s }]) => {
    const position = compare(positionOf(r), positionOf(s))
    return position || compare(x.creationTimestamp ?? '', y.creationTimestamp ?? '') || compare(a, b)
  })
}

export function positionOf({ position }: Rule['spec']): number {
  return position === undefined || position < 0 ? Number.POSITIVE_INFINITY : position
}

function compare<T extends string | number>(a: T, b: T): number {
  return a === b ? 0 : a < b ? -1 : 1
}

/** The rulelists that a session in this one can get to, by `apply`, or whose rules it has by `rulesRef`. */
export function nextLists(key: string, world: World): readonly string[] {
  const service = world.virtualService(key)
  const inserted = world.rulesOf(key).flatMap(rule => applied(world.rule(rule)))
  return [...inserted, ...(service === undefined ? [] : written(service, world))]
}

function written({ metadata, spec }: VirtualService, world: World): readonly string[] {
  const namespace = metadata.namespace ?? 'default'
  const { rules, rulesRef } = spec?.listener ?? {}
  const copied = rulesRef === undefined ? undefined : listKey(rulesRef, namespace)
  const items = Array.isArray(rules)
    ? rules.flatMap((item: RuleItem | null) => ofItem(item ?? {}, namespace, world))
    : []
  return copied === undefined ? items : [copied, ...items]
}

function ofItem({ action, rule, ruleRef }: RuleItem, namespace: string, world: World): readonly string[] {
  if (ruleRef === undefined) return ofAction(rule?.action ?? action, namespace)
  const reference = parseReference(ruleRef, namespace)
  return reference === undefined ? [] : applied(world.rule(keyOfReference(reference)))
}

function applied(rule: Rule | undefined): readonly string[] {
  return ofAction(rule?.spec?.rule?.action, rule?.metadata.namespace ?? 'default')
}

function ofAction(action: Action | undefined | null, namespace: string): readonly string[] {
  const key = action?.apply === undefined ? undefined : listKey(action.apply, namespace)
  return key === undefined ? [] : [key]
}
