/**
 * Targets, Rules and Routes that other resources refer to. A Rule or Route is built for the protocol of each referrer, and
 * a Rule for its rulelist too. The conditions of the resource itself show the problems and notes of one form; each referrer
 * reports those that only its own form has, so that none is lost.
 */
import type { Verdict } from '../../desired.ts'
import type { ProblemCollector } from '../../problems.ts'
import type { ListenerProtocol } from '../fields/listener-protocol.ts'
import { listOfRule } from '../references/rulelists.ts'
import { headerKeyNote } from './clusters.ts'
import type { Built, BuiltCluster, BuiltRoute, BuiltRule, ResourceQueries, Scope } from './scope.ts'

/** A Rule as it is inserted into the rulelist that it names. */
export function ownRule(key: string, queries: ResourceQueries): Built<BuiltRule> {
  return queries.rule(protocolOfRule(key, queries), key, undefined)
}

/** The protocol of the sessions that a Rule gets in the rulelist that it names. */
function protocolOfRule(key: string, queries: ResourceQueries): ListenerProtocol {
  const list = listOfRule(key, queries.lookup)
  return list === undefined ? 'http' : queries.protocolOfList(list)
}

/** A Route as its own conditions show it: for UDP sessions. */
export function ownRoute(key: string, queries: ResourceQueries): Built<BuiltRoute> {
  return queries.route('udp', key)
}

/** A Target does not depend on its referrers, except for the effect of the key of its load balancer. */
export function referencedTarget(key: string, scope: Scope): BuiltCluster | undefined {
  const target = scope.queries.target(key)
  const note = target.built && headerKeyNote(target.built.cluster, scope.protocol)
  if (note !== undefined) scope.problems.note(`Target ${key}: spec.cluster.loadbalancer.key: ${note}`)
  return referenced(target, target.verdict, `Target ${key}`, scope)
}

/** `list` is the rulelist that refers to the Rule. */
export function referencedRule(key: string, list: string, scope: Scope): BuiltRule | undefined {
  const rule = scope.queries.rule(scope.protocol, key, list)
  return referenced(rule, ownRule(key, scope.queries).verdict, `Rule ${key}`, scope)
}

export function referencedRoute(key: string, scope: Scope): BuiltRoute | undefined {
  const route = scope.queries.route(scope.protocol, key)
  return referenced(route, ownRoute(key, scope.queries).verdict, `Route ${key}`, scope)
}

function referenced<T>({ built, verdict }: Built<T>, own: Verdict, title: string, { problems }: Scope): T | undefined {
  const added = addedTo(own, verdict)
  forward(added, title, problems)
  if (built === undefined && added.problems.length === 0)
    problems.add('RefNotFound', `${title} cannot be used: see its conditions.`)
  return built
}

/** The problems and notes that are not in `own`, the verdict on the resource's own form. */
export function addedTo(own: Verdict, { problems, notes }: Verdict): Verdict {
  return {
    problems: problems.filter(
      one => !own.problems.some(other => other.path === one.path && other.message === one.message),
    ),
    notes: notes.filter(note => !own.notes.includes(note)),
  }
}

/** Reports the verdict on a resource in place of that resource. `title` is like `Rule shop/web`; undefined if messages have it. */
export function forward({ problems, notes }: Verdict, title: string | undefined, to: ProblemCollector): void {
  const prefix = title === undefined ? '' : `${title}: `
  for (const { reason, path, message } of problems) to.add(reason, `${prefix}${path && `${path}: `}${message}`)
  for (const note of notes) to.note(`${prefix}${note}`)
}
