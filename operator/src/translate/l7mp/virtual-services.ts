/** VirtualServices: the listener, and the rules that are written in the resource itself. */
import type { InlineRule, RuleItem, VirtualService } from '@l7mesh/crds'
import type { Listener } from '@l7mesh/proxy-client'
import type { ResourceKey, ResourceKind } from '../../sources/snapshot.ts'
import type { Verdict } from '../desired.ts'
import { keyOfReference, parseReference } from '../lookup/references.ts'
import { isStub } from '../lookup/stubs.ts'
import { guarded } from '../problems.ts'
import { shared } from './destinations.ts'
import { buildListener } from './listeners.ts'
import { listKey, resolveList } from './rulelists.ts'
import { buildRule } from './rules.ts'
import { type BuiltRule, inside, type Scope } from './scope.ts'

export type Frontend = {
  /** undefined where nothing is to be put on proxies: a problem of the whole, or a stub. */
  readonly listener: Listener | undefined
  /** Keys of the pods that it selects. */
  readonly pods: readonly string[]
  readonly removeOrphanSessions: boolean
  readonly verdict: Verdict
}

/** Everything but the rules. */
export function buildFrontend(key: string, service: VirtualService, scope: Scope): Frontend {
  const { findings } = scope
  const [listener, pods] = guarded(findings, [undefined, undefined] as const, () => {
    const within = inside(scope, 'spec')
    const selector = inside(within, 'selector')
    return [
      buildListener(service.spec.listener, key, inside(within, 'listener')),
      scope.mesh.world.select(service.spec.selector, scope.namespace, selector.findings),
    ] as const
  })
  return {
    listener: pods === undefined || isStub(service) ? undefined : listener,
    pods: listener === undefined ? [] : (pods ?? []),
    removeOrphanSessions: service.spec?.options?.removeOrphanSessions === true,
    verdict: findings.verdict(),
  }
}

export type OwnRules = {
  readonly rules: readonly BuiltRule[]
  /** Key of the rulelist whose rules it has instead. */
  readonly rulesRef: string | undefined
  readonly verdict: Verdict
}

export function buildOwnRules(key: string, service: VirtualService, scope: Scope): OwnRules {
  const { findings } = scope
  const within = inside(scope, 'spec', 'listener')
  const rules = guarded(findings, [], () =>
    (service.spec.listener.rules ?? []).map((item, i) => ofItem(item, key, inside(within, 'rules', i))),
  )
  const rulesRef = guarded(findings, undefined, () => copied(key, service, inside(within, 'rulesRef')))
  return { rules: rules.filter(rule => rule !== undefined), rulesRef, verdict: findings.verdict() }
}

function ofItem(item: RuleItem, key: string, scope: Scope): BuiltRule | undefined {
  const { action, rule, ruleRef, match } = item
  if ([action, rule, ruleRef].filter(given => given !== undefined).length !== 1)
    return scope.findings.problem('Invalid', 'There must be exactly one of `action`, `rule` and `ruleRef`.')
  if (ruleRef !== undefined) return referred(ruleRef, key, inside(scope, 'ruleRef'))
  scope.findings.idle(item, 'name')
  if (rule !== undefined) return inline(rule, key, inside(scope, 'rule'))
  return action && inline({ ...(match !== undefined && { match }), action }, key, scope)
}

function inline(rule: InlineRule, key: string, scope: Scope): BuiltRule | undefined {
  scope.findings.idle(rule, 'name')
  return buildRule(rule, `${scope.base}/rule`, key, scope)
}

function referred(text: string, list: string, scope: Scope): BuiltRule | undefined {
  const { mesh, findings } = scope
  const reference = parseReference(text, scope.namespace)
  if (reference === undefined || (reference.kind ?? 'Rule') !== 'Rule')
    return findings.problem('InvalidRef', `${JSON.stringify(text)} does not name a Rule.`)
  const key = keyOfReference(reference)
  if (mesh.world.rule(key) === undefined) return findings.problem('RefNotFound', `There is no Rule ${key}.`)
  const rule = mesh.rule(`${scope.from} ${key} ${list}`)
  // For another list than its own, the Rule does not say it of itself.
  for (const { reason, message } of rule.verdict.problems)
    if (reason === 'ApplyCycle' || reason === 'RouteCycle') findings.problem(reason, `Rule ${key}: ${message}`)
  return shared(rule, `Rule ${key}`, scope)
}

function copied(key: string, service: VirtualService, scope: Scope): string | undefined {
  const { rulesRef } = service.spec.listener
  if (rulesRef === undefined) return undefined
  const list = resolveList(rulesRef, scope)
  if (list === undefined) return undefined
  const seen = new Set([list])
  for (const one of seen) {
    if (one === key)
      return scope.findings.problem('ApplyCycle', `The rulelist ${list} takes its rules from ${key} itself.`)
    const next = nextCopied(scope.mesh.world.virtualService(one))
    if (next !== undefined) seen.add(next)
  }
  return list
}

function nextCopied(service: VirtualService | undefined): string | undefined {
  const { rulesRef } = service?.spec?.listener ?? {}
  return rulesRef === undefined ? undefined : listKey(rulesRef, service?.metadata.namespace ?? 'default')
}

/** The key of a resource, as status and parts know it. */
export function resourceKey(kind: ResourceKind, key: string): ResourceKey {
  // Keys of a snapshot are NAMESPACE/NAME.
  return `${kind}/${key}` as ResourceKey
}
