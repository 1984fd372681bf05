/** What the rules of a rulelist do with its sessions, as far as it matters for where these go round. */
import type { Action, InlineRule, Rule, RuleItem, VirtualService } from '@l7mesh/crds'
import { keyOfReference, parseReference } from '../../lookup/references.ts'
import { compileMatch } from '../../predicates/matches.ts'
import { Findings, guarded } from '../../problems.ts'
import type { WholeMesh } from '../resource-queries.ts'
import { inOrder, listKey, positionOf } from '../rulelists.ts'
import { type Lead, leadsOf, type Place } from './next-listeners.ts'

/** What one rule does. */
export type Branch = {
  /** Whether it takes every session that comes to it. */
  readonly isAlways: boolean
  /** The key of the Rule that it is of, where it is there for those proxies only that this one selects. */
  readonly rule?: string
  /** The rulelists that its sessions can get to, by `apply` or as those of a listener; none where they end or leave. */
  readonly leads: readonly string[]
}
/** In the order of the rules. */
export type Outline = readonly Branch[]

export function outlineOf(list: string, mesh: WholeMesh): Outline {
  return guarded(new Findings(), [], () => {
    const service = mesh.world.virtualService(list)
    return merged(service === undefined ? [] : own(list, service, mesh), inserted(list, mesh))
  })
}

function own(list: string, { metadata, spec }: VirtualService, mesh: WholeMesh): Outline {
  const namespace = metadata.namespace ?? 'default'
  const { rules = [], rulesRef } = spec.listener
  if (rulesRef === undefined) return rules.flatMap(item => ofItem(item, list, namespace, mesh))
  const copied = listKey(rulesRef, namespace)
  return copied === undefined ? [] : [{ isAlways: true, leads: [copied] }]
}

function ofItem(item: RuleItem, list: string, namespace: string, mesh: WholeMesh): Outline {
  const { action, rule, ruleRef, match } = item
  if (rule !== undefined) return ofRule(rule, list, namespace, mesh)
  if (action !== undefined) return ofRule({ ...(match !== undefined && { match }), action }, list, namespace, mesh)
  const reference = parseReference(ruleRef, namespace)
  const referred = reference && mesh.world.rule(keyOfReference(reference))
  return referred === undefined ? [] : ofResource(referred, list, mesh)
}

function ofResource({ metadata, spec }: Rule, list: string, mesh: WholeMesh): Outline {
  return ofRule(spec.rule, list, metadata.namespace ?? 'default', mesh)
}

/** Nothing where the rule is not made, since the proxy cannot evaluate its match. */
function ofRule({ match, action }: InlineRule, list: string, namespace: string, mesh: WholeMesh): Outline {
  const compiled = compileMatch(match, new Findings())
  if (compiled === undefined) return []
  return [{ isAlways: compiled === 'always', leads: ofAction(action, list, namespace, mesh) }]
}

function ofAction(
  { apply, route, routeRef }: Action,
  list: string,
  namespace: string,
  mesh: WholeMesh,
): readonly string[] {
  if (apply !== undefined) {
    const applied = listKey(apply, namespace)
    return applied === undefined ? [] : [applied]
  }
  const from = mesh.fromOfList(list)
  if (route !== undefined) return leadsOf(route, { namespace, list, from, mesh }).flatMap(({ to }) => to)
  return leadsOfRoute(routeRef, { namespace, from, mesh }).flatMap(({ to }) => to)
}

/** Of the Route that a `routeRef` names. */
export function leadsOfRoute(text: unknown, { namespace, from, mesh }: Omit<Place, 'list'>): readonly Lead[] {
  const reference = parseReference(text, namespace)
  const route = reference && mesh.world.route(keyOfReference(reference))
  if (route === undefined) return []
  return leadsOf(route.spec, { namespace: route.metadata.namespace ?? 'default', list: undefined, from, mesh })
}

type Insertion = { readonly position: number; readonly branch: Branch }

function inserted(list: string, mesh: WholeMesh): readonly Insertion[] {
  const rules = mesh.world.rulesOf(list).flatMap(key => {
    const rule = mesh.world.rule(key)
    return rule === undefined || isElsewhere(key, list, mesh) ? [] : [[key, rule] as const]
  })
  return inOrder(rules).flatMap(([rule, resource]) =>
    ofResource(resource, list, mesh).map(branch => ({
      position: positionOf(resource.spec),
      branch: { ...branch, rule },
    })),
  )
}

/** Whether it acts on none of the pods that the list is on. */
function isElsewhere(rule: string, list: string, mesh: WholeMesh): boolean {
  const pods = mesh.podSet(list)
  return pods.size > 0 && !mesh.placement(`Rule/${rule}`).pods.some(pod => pods.has(pod))
}

/** As the sequence of the rules is. */
function merged(own: Outline, insertions: readonly Insertion[]): Outline {
  if (insertions.length === 0) return own
  const at = (position: number) => insertions.filter(one => one.position === position).map(({ branch }) => branch)
  const last = insertions.filter(({ position }) => position >= own.length).map(({ branch }) => branch)
  return [...own.flatMap((branch, i) => [...at(i), branch]), ...last]
}
