/** VirtualServices: the listener, and the rules of the resource itself. */
import type { InlineRule, RuleItem, VirtualService } from '@l7mesh/crds'
import { keyOfReference, parseReference } from '../../lookup/references.ts'
import { isStub } from '../../lookup/stubs.ts'
import { guarded, reading } from '../../problems.ts'
import { resolveList } from '../references/rulelists.ts'
import { buildListener } from './listeners.ts'
import { referencedRule } from './referenced.ts'
import { buildRule } from './rules.ts'
import { type BuiltRule, type Frontend, inside, type OwnRules, type Scope } from './scope.ts'

/** Builds the listener, without the rules. */
export function buildFrontend(key: string, service: VirtualService, scope: Scope): Frontend {
  const { problems } = scope
  const [listener, selection] = guarded(problems.at('spec'), [undefined, undefined] as const, () => {
    const { listener, selector } = service.spec
    const [atListener, atSelector] = [inside(scope, 'spec', 'listener'), problems.at('spec').at('selector')]
    return [
      reading(atListener.problems, () => buildListener(listener, key, atListener)),
      reading(atSelector, () => scope.lookup.select(selector, scope.namespace, atSelector)),
    ] as const
  })
  return {
    listener: selection === undefined || isStub(service) ? undefined : listener,
    selection: listener === undefined ? undefined : selection,
    removeOrphanSessions: service.spec?.options?.removeOrphanSessions === true,
    verdict: problems.verdict(),
  }
}

export function buildOwnRules(key: string, service: VirtualService, scope: Scope): OwnRules {
  const { problems } = scope
  const within = inside(scope, 'spec', 'listener')
  const rules = guarded(within.problems, [], () =>
    (service.spec.listener.rules ?? []).map((item, i) => ofItem(item, key, inside(within, 'rules', i))),
  )
  const rulesRef = guarded(within.problems, undefined, () => copied(key, service, inside(within, 'rulesRef')))
  return { rules: rules.filter(rule => rule !== undefined), rulesRef, verdict: problems.verdict() }
}

function ofItem(item: RuleItem, key: string, scope: Scope): BuiltRule | undefined {
  return reading(scope.problems, () => builtFrom(item, key, scope))
}

function builtFrom(item: RuleItem, key: string, scope: Scope): BuiltRule | undefined {
  const { action, rule, ruleRef, match } = item
  if ([action, rule, ruleRef].filter(given => given !== undefined).length !== 1)
    return scope.problems.add('Invalid', 'Exactly one of `action`, `rule` and `ruleRef` must be set.')
  if (ruleRef !== undefined) return referred(ruleRef, key, inside(scope, 'ruleRef'))
  scope.problems.ignored(item, 'name')
  if (rule !== undefined) return inline(rule, key, inside(scope, 'rule'))
  return action && inline({ ...(match !== undefined && { match }), action }, key, scope)
}

function inline(rule: InlineRule, key: string, scope: Scope): BuiltRule | undefined {
  scope.problems.ignored(rule, 'name')
  return buildRule(rule, `${scope.base}/rule`, key, scope)
}

function referred(text: string, list: string, scope: Scope): BuiltRule | undefined {
  const { lookup, problems } = scope
  const reference = parseReference(text, scope.namespace)
  if (reference === undefined || (reference.kind ?? 'Rule') !== 'Rule')
    return problems.add('InvalidRef', `${JSON.stringify(text)} is not a valid reference to a Rule.`)
  const key = keyOfReference(reference)
  if (!lookup.rules.has(key)) return problems.add('RefNotFound', `Rule ${key} not found.`)
  return referencedRule(key, list, scope)
}

function copied(key: string, service: VirtualService, scope: Scope): string | undefined {
  const { rulesRef } = service.spec.listener
  const list = rulesRef === undefined ? undefined : resolveList(rulesRef, scope)
  if (list === undefined || !scope.queries.copy(key)?.isCircular) return list
  return scope.problems.add(
    'ApplyCycle',
    `Rulelist ${list} takes its rules from ${key} itself: remove one \`rulesRef\` of this cycle.`,
  )
}
