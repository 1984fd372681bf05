/** Where the rules of a rulelist send its sessions, as far as it matters for cycles. */
import type { Action, InlineRule, Rule, RuleItem, VirtualService } from '@l7mesh/crds'
import { keyOfReference, parseReference } from '../../lookup/references.ts'
import { listKey } from '../../lookup/rulelist-names.ts'
import { compileMatch } from '../../predicates/matches.ts'
import { guarded, ProblemCollector } from '../../problems.ts'
import { inOrder, positionOf } from '../references/rulelists.ts'
import { type NextListeners, nextListeners, type Origin } from './next-listeners.ts'
import type { CycleInputs, CycleQueries } from './queries.ts'

type Queries = CycleInputs & CycleQueries

/** What one rule does. */
export type Branch = {
  /** Whether it takes every session that comes to it. */
  readonly isAlways: boolean
  /** The key of the Rule that it comes from, where it is present only on the proxies that the Rule selects. */
  readonly rule?: string
  /** The rulelists that its sessions can get to, by `apply` or as those of a listener; none where they end or leave. */
  readonly next: readonly string[]
}
/** In the order of the rules. */
export type Outline = readonly Branch[]

export function outlineOf(list: string, queries: Queries): Outline {
  return guarded(new ProblemCollector(), [], () => {
    const service = queries.lookup.virtualServices.get(list)
    return merged(service === undefined ? [] : own(list, service, queries), inserted(list, queries))
  })
}

function own(list: string, { metadata, spec }: VirtualService, queries: Queries): Outline {
  const namespace = metadata.namespace ?? 'default'
  const { rules = [], rulesRef } = spec.listener
  if (rulesRef === undefined) return rules.flatMap(item => ofItem(item, list, namespace, queries))
  const copied = listKey(rulesRef, namespace)
  return copied === undefined ? [] : [{ isAlways: true, next: [copied] }]
}

function ofItem(item: RuleItem, list: string, namespace: string, queries: Queries): Outline {
  const { action, rule, ruleRef, match } = item
  if (rule !== undefined) return ofRule(rule, list, namespace, queries)
  if (action !== undefined) return ofRule({ ...(match !== undefined && { match }), action }, list, namespace, queries)
  const reference = parseReference(ruleRef, namespace)
  const referred = reference && queries.lookup.rules.get(keyOfReference(reference))
  return referred === undefined ? [] : ofResource(referred, list, queries)
}

function ofResource({ metadata, spec }: Rule, list: string, queries: Queries): Outline {
  return ofRule(spec.rule, list, metadata.namespace ?? 'default', queries)
}

/** Nothing where the rule is not made, since the proxy cannot evaluate its match. */
function ofRule({ match, action }: InlineRule, list: string, namespace: string, queries: Queries): Outline {
  const compiled = compileMatch(match, new ProblemCollector())
  if (compiled === undefined) return []
  return [{ isAlways: compiled === 'always', next: ofAction(action, list, namespace, queries) }]
}

function ofAction(
  { apply, route, routeRef }: Action,
  list: string,
  namespace: string,
  queries: Queries,
): readonly string[] {
  if (apply !== undefined) {
    const applied = listKey(apply, namespace)
    return applied === undefined ? [] : [applied]
  }
  const protocol = queries.protocolOfList(list)
  if (route !== undefined) return nextListeners(route, { namespace, list, protocol, queries }).flatMap(({ to }) => to)
  return nextListenersOfRoute(routeRef, { namespace, protocol, queries }).flatMap(({ to }) => to)
}

/** Of the Route that a `routeRef` names. */
export function nextListenersOfRoute(
  text: unknown,
  { namespace, protocol, queries }: Omit<Origin, 'list'>,
): readonly NextListeners[] {
  const reference = parseReference(text, namespace)
  const route = reference && queries.lookup.routes.get(keyOfReference(reference))
  if (route === undefined) return []
  return nextListeners(route.spec, {
    namespace: route.metadata.namespace ?? 'default',
    list: undefined,
    protocol,
    queries,
  })
}

type Insertion = { readonly position: number; readonly branch: Branch }

function inserted(list: string, queries: Queries): readonly Insertion[] {
  const rules = queries.lookup.rulesOf(list).flatMap(key => {
    const rule = queries.lookup.rules.get(key)
    return rule === undefined || isElsewhere(key, list, queries) ? [] : [[key, rule] as const]
  })
  return inOrder(rules).flatMap(([rule, resource]) =>
    ofResource(resource, list, queries).map(branch => ({
      position: positionOf(resource.spec),
      branch: { ...branch, rule },
    })),
  )
}

/** Whether it acts on none of the pods that the list is on. */
function isElsewhere(rule: string, list: string, queries: Queries): boolean {
  const pods = queries.selectionOfVirtualService(list)
  const selected = queries.selectionOfRule(rule)
  if (pods === undefined) return false
  return selected === undefined ? queries.lookup.selectedPods(pods).length > 0 : !queries.meet(selected, pods)
}

/** As the sequence of the rules is. */
function merged(own: Outline, insertions: readonly Insertion[]): Outline {
  if (insertions.length === 0) return own
  const at = (position: number) => insertions.filter(one => one.position === position).map(({ branch }) => branch)
  const last = insertions.filter(({ position }) => position >= own.length).map(({ branch }) => branch)
  return [...own.flatMap((branch, i) => [...at(i), branch]), ...last]
}
