/**
 * Rulelists by key. The key `NAMESPACE/NAME` is that of a VirtualService, or, if there is none, the `rulelist` of Rules
 * that form a rulelist of their own.
 */
import type { Rule, VirtualService } from '@l7mesh/crds'
import type { Lookup } from '../../lookup/lookup.ts'
import { keyOfReference, parseReference } from '../../lookup/references.ts'
import { itemsOf, listKey, listsNamedByAction, listsNamedByRule } from '../../lookup/rulelist-names.ts'
import { baseName, namespaceOf, rulesName } from '../../names.ts'
import type { ProblemCollector } from '../../problems.ts'

type Origin = { readonly lookup: Lookup; readonly problems: ProblemCollector; readonly namespace: string }

/** The key of the rulelist that a `rulesRef` or an `apply` names. */
export function resolveList(text: unknown, { lookup, problems, namespace }: Origin): string | undefined {
  const key = listKey(text, namespace)
  if (key === undefined)
    return problems.add(
      'InvalidRef',
      `${JSON.stringify(text)} is not a valid reference to a VirtualService or rulelist.`,
    )
  if (listExists(key, lookup)) return key
  return problems.add(
    'RefNotFound',
    `VirtualService ${key} not found, and no Rule has this \`rulelist\`. ${NOT_SEEN} create its rules as Rules with this \`rulelist\`.`,
  )
}

export function listExists(key: string, lookup: Lookup): boolean {
  return lookup.virtualServices.has(key) || lookup.rulesOf(key).length > 0
}

/** Users of the original operator refer to objects in the config files of their proxies. */
const NOT_SEEN = "l7mesh does not see rulelists in a proxy's own config file:"

/** The problem of a Rule that no rulelist uses, if so. */
export function unusedProblem(list: string, rule: string, lookup: Lookup): string | undefined {
  const isUsed = lookup.virtualServices.has(list) || lookup.isListNamed(list) || lookup.isRuleNamed(rule)
  return isUsed
    ? undefined
    : `VirtualService ${list} not found, and no \`rulesRef\` or \`apply\` refers to the rulelist ${list}. ${NOT_SEEN} create a VirtualService of that name, with the listener that uses the rulelist.`
}

/** The key of the rulelist that a Rule names, whether it exists or not. */
export function listOfRule(key: string, lookup: Lookup): string | undefined {
  return listKey(lookup.rules.get(key)?.spec?.rulelist, namespaceOf(key))
}

/** The name of a rulelist on a proxy. */
export function rulelistName(key: string, lookup: Lookup): string {
  return lookup.virtualServices.has(key) ? rulesName(key) : baseName('rulelists', key)
}

/** Rules in their order in a rulelist: by position, creation timestamp, name. */
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

/** The key of the rulelist in the `rulesRef` of a VirtualService, whether it exists or not. */
export function copiedList(service: VirtualService | undefined): string | undefined {
  const { rulesRef } = service?.spec?.listener ?? {}
  return rulesRef === undefined ? undefined : listKey(rulesRef, service?.metadata.namespace ?? 'default')
}

/** The rulelists that this one applies, or whose rules it has by `rulesRef`. */
export function nextLists(key: string, lookup: Lookup): readonly string[] {
  const service = lookup.virtualServices.get(key)
  const inserted = lookup.rulesOf(key).flatMap(rule => listsNamedByRule(lookup.rules.get(rule)))
  return [...inserted, ...(service === undefined ? [] : written(service, lookup))]
}

function written(service: VirtualService, lookup: Lookup): readonly string[] {
  const namespace = service.metadata.namespace ?? 'default'
  const copied = copiedList(service)
  const items = itemsOf(service.spec).flatMap(({ action, rule, ruleRef }) => {
    if (ruleRef === undefined) return listsNamedByAction(rule?.action ?? action, namespace)
    const reference = parseReference(ruleRef, namespace)
    return reference === undefined ? [] : listsNamedByRule(lookup.rules.get(keyOfReference(reference)))
  })
  return copied === undefined ? items : [copied, ...items]
}
