/** Rules: a match, and the action for the sessions that match. */
import type { Action as ActionResource, InlineRule } from '@l7mesh/crds'
import { type Action, hashed, type Rewrite } from '@l7mesh/proxy-client'
import { keyOfReference, parseReference } from '../../lookup/references.ts'
import { nameOf, namespaceOf } from '../../names.ts'
import { compileMatch } from '../../predicates/matches.ts'
import { reading } from '../../problems.ts'
import { type Loop, loopThrough } from '../cycles/find-cycles.ts'
import { nextListeners } from '../cycles/next-listeners.ts'
import { nextListenersOfRoute } from '../cycles/outlines.ts'
import { asJson } from '../fields/json.ts'
import { hasHeaders } from '../fields/listener-protocol.ts'
import { resolveList, rulelistName } from '../references/rulelists.ts'
import { referencedRoute } from './referenced.ts'
import { buildRewrites, withoutClientHeaders } from './rewrites.ts'
import { buildRoute, opensWebSocket } from './routes.ts'
import { type BuiltRoute, type BuiltRule, inside, type Scope } from './scope.ts'

/**
 * `name` is without the hash; `list` is the key of the rulelist that the rule is built for. A rule whose match the proxy
 * cannot evaluate is omitted. A rule with an invalid action is kept without an action: it ends the sessions that it
 * matches, because a later rule must not match them instead.
 */
export function buildRule(rule: InlineRule, name: string, list: string, scope: Scope): BuiltRule | undefined {
  const match = compileMatch(rule.match, inside(scope, 'match').problems)
  if (match === undefined) return undefined
  const field = inside({ ...scope, list }, 'action')
  const { action, route, apply } = reading(field.problems, () => buildAction(rule.action, list, field))
  const content = { ...(match !== 'always' && { match }), action }
  return {
    rule: { name: hashed(name, asJson(content)), ...content },
    ...(route !== undefined && { route }),
    ...(apply !== undefined && { apply }),
  }
}

type BuiltAction = { readonly action: Action; readonly route?: BuiltRoute; readonly apply?: string }
const ENDS: BuiltAction = { action: {} }

function buildAction(given: ActionResource, list: string, scope: Scope): BuiltAction {
  if (given.apply !== undefined) {
    scope.problems.ignored(given, 'rewrite', 'route', 'routeRef')
    return buildApply(given.apply, list, inside(scope, 'apply'))
  }
  const rewrites = buildRewrites(given.rewrite ?? [], inside(scope, 'rewrite'))
  if (given.route === undefined && given.routeRef === undefined) return ENDS
  if (given.route !== undefined && given.routeRef !== undefined) {
    scope.problems.add('Invalid', 'Only one of `route` and `routeRef` can be set.')
    return ENDS
  }
  const route = routeOf(given, list, scope)
  if (route === undefined || rewrites === undefined) return ENDS
  const clean = hasHeaders(scope.protocol) && opensWebSocket(route) ? withoutClientHeaders(rewrites) : rewrites
  return { action: actionOf(clean, route), route }
}

function actionOf(rewrite: readonly Rewrite[], { route }: BuiltRoute): Action {
  return rewrite.length === 0 ? { route: route.name } : { rewrite, route: route.name }
}

function routeOf(action: ActionResource, list: string, scope: Scope): BuiltRoute | undefined {
  const { route, routeRef } = action
  const built =
    route === undefined
      ? referredRoute(routeRef, scope)
      : buildRoute(route, `${scope.base}/route`, inside(scope, 'route'))
  return leadsBack(action, list, scope) ? undefined : built
}

/** Reports the loops that a route closes. True if no session would leave one of them. */
function leadsBack({ route, routeRef }: ActionResource, list: string, scope: Scope): boolean {
  const { queries } = scope
  const next =
    route === undefined
      ? nextListenersOfRoute(routeRef, scope).map(one => ({ ...one, at: ['routeRef'] }))
      : nextListeners(route, { ...scope, list }).map(one => ({ ...one, at: ['route', ...one.at] }))
  const cycle = next.length === 0 ? undefined : queries.cycle(list)
  const found = next.map(({ at, to, hidden }) => {
    const loop = loopThrough(list, to, cycle)
    if (loop !== undefined) report(loop, hidden, inside(scope, ...at))
    return loop
  })
  return found.some(loop => loop?.isCertain)
}

/** `hidden` is a Service that the author may have meant. */
function report({ path, isCertain }: Loop, hidden: string | undefined, { problems }: Scope): void {
  const cycle = path.join(' → ')
  const hint =
    hidden === undefined
      ? ''
      : ` To refer to Service ${hidden}, write /api/v1/namespaces/${namespaceOf(hidden)}/services/${nameOf(hidden)}.`
  if (isCertain)
    problems.add(
      'RouteCycle',
      `Routes form a loop: ${cycle}. Change the destination of one of them; until then, sessions end here.${hint}`,
    )
  else
    problems.note(
      `this route can be part of a loop, in which sessions circulate as long as they match: ${cycle}${hint && `.${hint}`}`,
    )
}

function referredRoute(routeRef: unknown, scope: Scope): BuiltRoute | undefined {
  const within = inside(scope, 'routeRef')
  const { lookup, problems } = within
  const reference = parseReference(routeRef, scope.namespace)
  if (reference === undefined || (reference.kind ?? 'Route') !== 'Route')
    return problems.add('InvalidRef', `${JSON.stringify(routeRef)} is not a valid reference to a Route.`)
  const key = keyOfReference(reference)
  if (!lookup.routes.has(key)) return problems.add('RefNotFound', `Route ${key} not found.`)
  return referencedRoute(key, within)
}

function buildApply(text: string, list: string, scope: Scope): BuiltAction {
  const apply = resolveList(text, scope)
  if (apply === undefined) return ENDS
  if (scope.queries.applyCycle(list)?.next.get(list)?.has(apply)) {
    scope.problems.add(
      'ApplyCycle',
      `Rulelist ${apply} leads back to ${list}: sessions would never leave the cycle. Remove one \`apply\` of it.`,
    )
    return ENDS
  }
  return { action: { apply: rulelistName(apply, scope.lookup) }, apply }
}
