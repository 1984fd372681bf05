/** Rules: what matches a session, and what then happens to it. */
import type { Action as ActionResource, InlineRule } from '@l7mesh/crds'
import { type Action, hashed, type Rewrite } from '@l7mesh/proxy-client'
import { keyOfReference, parseReference } from '../lookup/references.ts'
import { compileMatch } from '../predicates/matches.ts'
import { type Circle, circleThrough } from './cycles/cycles.ts'
import { leadsOf } from './cycles/next-listeners.ts'
import { leadsOfRoute } from './cycles/outlines.ts'
import { shared } from './destinations.ts'
import { asJson } from './fields/json.ts'
import { buildRewrites, withoutClientHeaders } from './rewrites.ts'
import { buildRoute, opensWebSocket } from './routes.ts'
import { resolveList, rulelistName } from './rulelists.ts'
import { type BuiltRoute, type BuiltRule, hasHeaders, inside, type Scope } from './scope.ts'

/**
 * `name` is what stands before the hash, `list` the key of the rulelist that the rule is written for. A rule whose match
 * the proxy cannot evaluate is not made. One that cannot do what it should stays, without an action: it ends the
 * sessions that it matches, since to let them fall through to a later rule could be worse.
 */
export function buildRule(rule: InlineRule, name: string, list: string, scope: Scope): BuiltRule | undefined {
  const match = compileMatch(rule.match, inside(scope, 'match').findings)
  if (match === undefined) return undefined
  const { action, route, apply } = buildAction(rule.action, list, inside({ ...scope, list }, 'action'))
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
    scope.findings.idle(given, 'rewrite', 'route', 'routeRef')
    return buildApply(given.apply, list, inside(scope, 'apply'))
  }
  const rewrites = buildRewrites(given.rewrite ?? [], inside(scope, 'rewrite'))
  if (given.route === undefined && given.routeRef === undefined) return ENDS
  if (given.route !== undefined && given.routeRef !== undefined) {
    scope.findings.problem('Invalid', 'There must be one of `route` and `routeRef`, not both.')
    return ENDS
  }
  const route = routeOf(given, list, scope)
  if (route === undefined || rewrites === undefined) return ENDS
  const clean = hasHeaders(scope.from) && opensWebSocket(route) ? withoutClientHeaders(rewrites) : rewrites
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

/** Tells of the circles that a route closes. True where no session would get out of one. */
function leadsBack({ route, routeRef }: ActionResource, list: string, scope: Scope): boolean {
  const { mesh } = scope
  const leads =
    route === undefined
      ? leadsOfRoute(routeRef, scope).map(lead => ({ ...lead, at: ['routeRef'] }))
      : leadsOf(route, { ...scope, list }).map(lead => ({ ...lead, at: ['route', ...lead.at] }))
  const ring = leads.length === 0 ? undefined : mesh.ring(list)
  const found = leads.map(({ at, to, hidden }) => {
    const circle = circleThrough(list, to, ring)
    if (circle !== undefined) tell(circle, hidden, inside(scope, ...at))
    return circle
  })
  return found.some(circle => circle?.isCertain)
}

/** `hidden` is the Service that may have been meant. */
function tell({ path, isCertain }: Circle, hidden: string | undefined, { findings }: Scope): void {
  const [namespace, name] = hidden?.split('/') ?? []
  const ring = path.join(' → ')
  const hint =
    hidden === undefined
      ? ''
      : ` If you mean Service ${hidden}, write /api/v1/namespaces/${namespace}/services/${name}.`
  if (isCertain)
    findings.problem(
      'RouteCycle',
      `These routes form a loop: ${ring}. Sessions end here until one of the routes goes elsewhere.${hint}`,
    )
  else
    findings.note(
      `this route can be part of a loop, in which sessions go round while the matches let them: ${ring}${hint && `.${hint}`}`,
    )
}

function referredRoute(routeRef: unknown, scope: Scope): BuiltRoute | undefined {
  const { mesh, findings } = inside(scope, 'routeRef')
  const reference = parseReference(routeRef, scope.namespace)
  if (reference === undefined || (reference.kind ?? 'Route') !== 'Route')
    return findings.problem('InvalidRef', `${JSON.stringify(routeRef)} does not name a Route.`)
  const key = keyOfReference(reference)
  if (mesh.world.route(key) === undefined) return findings.problem('RefNotFound', `There is no Route ${key}.`)
  return shared(mesh.route(`${scope.from} ${key}`), `Route ${key}`, inside(scope, 'routeRef'))
}

function buildApply(text: string, list: string, scope: Scope): BuiltAction {
  const apply = resolveList(text, scope)
  if (apply === undefined) return ENDS
  if (scope.mesh.appliedRing(list)?.next.get(list)?.has(apply)) {
    scope.findings.problem('ApplyCycle', `The rulelist ${apply} leads back to ${list}: a session would never get out.`)
    return ENDS
  }
  return { action: { apply: rulelistName(apply, scope.mesh.world) }, apply }
}
