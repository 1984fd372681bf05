/** The rulelists and Rules that the rules of resources refer to, whether these exist or not. */
import type { Action, Rule, RuleItem, VirtualService } from '@l7mesh/crds'
import { keyOfReference, parseReference, type RefKind } from './references.ts'

/** The key of the rulelist in a reference: that of a VirtualService, or of a rulelist of Rules. */
export function listKey(text: unknown, namespace: string): string | undefined {
  const reference = parseReference(text, namespace)
  if (reference === undefined || reference.port !== undefined) return undefined
  return isList(reference.kind) ? keyOfReference(reference) : undefined
}

function isList(kind: RefKind | undefined): boolean {
  return kind === undefined || kind === 'VirtualService' || kind === 'RuleList'
}

/** The rulelists that a VirtualService refers to. */
export function listsNamedByService({ metadata, spec }: VirtualService): readonly string[] {
  const namespace = metadata.namespace ?? 'default'
  const lists = [
    ...[listKey(spec?.listener?.rulesRef, namespace)].filter(key => key !== undefined),
    ...itemsOf(spec).flatMap(({ action, rule }) => listsNamedByAction(rule?.action ?? action, namespace)),
  ]
  return [...new Set(lists)]
}

/** The Rules that a VirtualService refers to. */
export function rulesNamedByService({ metadata, spec }: VirtualService): readonly string[] {
  const namespace = metadata.namespace ?? 'default'
  const references = itemsOf(spec).flatMap(({ ruleRef }) => parseReference(ruleRef, namespace) ?? [])
  return [...new Set(references.map(keyOfReference))]
}

export function itemsOf(spec: VirtualService['spec'] | undefined): readonly Partial<RuleItem>[] {
  const { rules } = spec?.listener ?? {}
  return Array.isArray(rules) ? rules.map((item: RuleItem | null) => item ?? {}) : []
}

/** The rulelists that a Rule applies. */
export function listsNamedByRule(rule: Rule | undefined): readonly string[] {
  return listsNamedByAction(rule?.spec?.rule?.action, rule?.metadata.namespace ?? 'default')
}

export function listsNamedByAction(action: Action | undefined | null, namespace: string): readonly string[] {
  const key = action?.apply === undefined ? undefined : listKey(action.apply, namespace)
  return key === undefined ? [] : [key]
}
