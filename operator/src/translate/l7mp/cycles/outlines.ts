/** Outlines of rulelists: the rulelists that their rules lead to. */
import type { Action, InlineRule, Rule, RuleItem, VirtualService } from '@l7mesh/crds'
import { keyOfReference, parseReference } from '../../lookup/references.ts'
import { listKey } from '../../lookup/rulelist-names.ts'
import { compileMatch } from '../../predicates/matches.ts'
import { guarded, ProblemCollector } from '../../problems.ts'
import { inOrder, positionOf } from '../references/rulelists.ts'
import { type NextListeners, nextListeners, type Origin } from './next-listeners.ts'
import type { CycleInputs, CycleQueries } from './queries.ts'

type Queries = CycleInputs & CycleQueries

/** The outline of one rule. */
export type Branch = {
  /** Whether it matches every session. */
  readonly isAlways: boolean
  /** The key of its Rule, if it exists only on the proxies that the Rule selects. */
  readonly rule?: string
  /** The rulelists that its sessions can reach, by `apply` or through a listener; none if they end or leave the mesh. */
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

/** Empty for a rule that is omitted because the proxy cannot evaluate its match. */
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

/** Those of the Route in a `routeRef`. */
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

/** Whether a Rule selects none of the pods that have the rulelist. */
function isElsewhere(rule: string, list: string, queries: Queries): boolean {
  const pods = queries.selectionOfVirtualService(list)
  const selected = queries.selectionOfRule(rule)
  if (pods === undefined) return false
  return selected === undefined ? queries.lookup.selectedPods(pods).length > 0 : !queries.meet(selected, pods)
}

/** In the order of the rules; see `ruleOrder`. */
function merged(own: Outline, insertions: readonly Insertion[]): Outline {
  if (insertions.length === 0) return own
  const at = (position: number) => insertions.filter(one => one.position === position).map(({ branch }) => branch)
  const last = insertions.filter(({ position }) => position >= own.length).map(({ branch }) => branch)
  return [...own.flatMap((branch, i) => [...at(i), branch]), ...last]
}
