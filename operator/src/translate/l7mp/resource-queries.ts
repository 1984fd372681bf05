/** The queries by which resources of all kinds read each other. */
import type { Rule, Selector, Target } from '@l7mesh/crds'
import type { Verdict } from '../desired.ts'
import type { Memo } from '../incremental/memo.ts'
import type { Lookup } from '../lookup/lookup.ts'
import { listKey } from '../lookup/rulelist-names.ts'
import type { Selection } from '../lookup/selections.ts'
import { isStub } from '../lookup/stubs.ts'
import { baseName, namespaceOf, type Plural, resourceKey } from '../names.ts'
import { guarded, ProblemCollector, reading } from '../problems.ts'
import type { Claim } from '../sockets.ts'
import { buildRoute } from './build/routes.ts'
import { buildRule } from './build/rules.ts'
import {
  type Built,
  type BuiltCluster,
  type BuiltRoute,
  type BuiltRule,
  type Frontend,
  inside,
  type OwnRules,
  type Placement,
  type ResourceQueries,
  type Scope,
  type TranslateOptions,
} from './build/scope.ts'
import { buildService } from './build/services.ts'
import { buildLinked, buildTarget } from './build/targets.ts'
import { buildFrontend, buildOwnRules } from './build/virtual-services.ts'
import { createCycleQueries } from './cycles/queries.ts'
import { InlineClusters, withDistinctNames } from './fields/inline-clusters.ts'
import { type ListenerProtocol, listenerProtocol } from './fields/listener-protocol.ts'
import type { ServiceQuery } from './references/service-ports.ts'

const EMPTY_VERDICT: Verdict = { problems: [], notes: [] }
const NO_FRONTEND: Frontend = {
  listener: undefined,
  selection: undefined,
  removeOrphanSessions: false,
  verdict: EMPTY_VERDICT,
}

export function createResourceQueries(memo: Memo, lookup: Lookup, options: TranslateOptions): ResourceQueries {
  const scopeOf: ScopeOf = (plural, key, protocol = 'other', inlineClusters = new InlineClusters()) => ({
    lookup,
    queries,
    problems: new ProblemCollector(),
    namespace: namespaceOf(key),
    base: baseName(plural, key),
    protocol,
    list: undefined,
    inlineClusters,
  })
  const queries: ResourceQueries = {
    lookup,
    options,
    ...createCycleQueries(memo, lookup, () => queries),
    ...virtualServiceQueries(memo, lookup, scopeOf),
    ...clusterQueries(memo, lookup, scopeOf),
    route: memo.query<Built<BuiltRoute>, [ListenerProtocol, string]>((protocol, key) =>
      withDistinctNames(names => routeOf(key, scopeOf('routes', key, protocol, names))),
    ),
    rule: memo.query<Built<BuiltRule>, [ListenerProtocol, string, string | undefined]>((protocol, key, list) =>
      withDistinctNames(names => ruleOf(key, list, scopeOf('rules', key, protocol, names))),
    ),
    ...placementQueries(memo, lookup, scopeOf),
  }
  return queries
}

type ScopeOf = (plural: Plural, key: string, protocol?: ListenerProtocol, inlineClusters?: InlineClusters) => Scope

function virtualServiceQueries(
  memo: Memo,
  lookup: Lookup,
  scopeOf: ScopeOf,
): Pick<ResourceQueries, 'frontend' | 'claim' | 'selectionOfVirtualService' | 'ownRules' | 'protocolOfList'> {
  const frontend = memo.query<Frontend>(key => {
    const service = lookup.virtualServices.get(key)
    return service === undefined ? NO_FRONTEND : buildFrontend(key, service, scopeOf('virtualservices', key))
  })
  return {
    frontend,
    claim: memo.query<Claim | undefined>(key => {
      const { listener } = frontend(key)
      if (listener === undefined) return undefined
      const created = lookup.virtualServices.get(key)?.metadata.creationTimestamp ?? ''
      const resource = resourceKey('VirtualService', key)
      return { holder: `VirtualService ${key}`, resource, created, listener, path: 'spec.listener.spec' }
    }),
    selectionOfVirtualService: memo.query<Selection | undefined>(key => frontend(key).selection, Object.is),
    ownRules: memo.query<OwnRules, [ListenerProtocol, string]>((protocol, key) => {
      const service = lookup.virtualServices.get(key)
      if (service === undefined || isStub(service)) return { rules: [], rulesRef: undefined, verdict: EMPTY_VERDICT }
      return withDistinctNames(names => buildOwnRules(key, service, scopeOf('virtualservices', key, protocol, names)))
    }),
    protocolOfList: memo.query<ListenerProtocol>(key => {
      const service = lookup.virtualServices.get(key)
      // A rulelist without a VirtualService may get sessions of any protocol, so it is safe for all of them.
      return service === undefined ? 'http' : listenerProtocol(service.spec?.listener?.spec)
    }),
  }
}

function clusterQueries(
  memo: Memo,
  lookup: Lookup,
  scopeOf: ScopeOf,
): Pick<ResourceQueries, 'target' | 'linked' | 'service'> {
  const implied = (build: (scope: Scope) => BuiltCluster | undefined, scope: Scope): Built<BuiltCluster> => {
    const built = guarded(scope.problems, undefined, () => build(scope))
    return { built, verdict: scope.problems.verdict() }
  }
  return {
    target: memo.query<Built<BuiltCluster>>(key => {
      const target = lookup.targets.get(key)
      if (target === undefined) return { built: undefined, verdict: EMPTY_VERDICT }
      return buildTarget(key, target, scopeOf('targets', key))
    }),
    linked: memo.query<Built<BuiltCluster>>(key => {
      const scope = scopeOf('virtualservices', key)
      return implied(within => buildLinked(key, `${scope.base}/target`, within), scope)
    }),
    service: memo.query<Built<BuiltCluster>, ServiceQuery>((key, port, defaultProtocol) =>
      implied(scope => buildService(key, port, defaultProtocol, scope), scopeOf('services', key)),
    ),
  }
}

function routeOf(key: string, scope: Scope): Built<BuiltRoute> {
  const route = scope.lookup.routes.get(key)
  if (route === undefined) return { built: undefined, verdict: EMPTY_VERDICT }
  const within = inside(scope, 'spec')
  const built = guarded(within.problems, undefined, () => buildRoute(route.spec, scope.base, within))
  return { built: built && { ...built, owner: resourceKey('Route', key) }, verdict: scope.problems.verdict() }
}

/** `list`: the rulelist that the Rule is built for, if it is not the one that it names. */
function ruleOf(key: string, list: string | undefined, scope: Scope): Built<BuiltRule> {
  const rule = scope.lookup.rules.get(key)
  if (rule === undefined) return { built: undefined, verdict: EMPTY_VERDICT }
  const built = guarded(scope.problems.at('spec'), undefined, () => {
    const own = listKey(rule.spec.rulelist, scope.namespace)
    return buildRule(rule.spec.rule, scope.base, list ?? own ?? key, inside(scope, 'spec', 'rule'))
  })
  return { built: built && { ...built, owner: resourceKey('Rule', key) }, verdict: scope.problems.verdict() }
}

function placementQueries(
  memo: Memo,
  lookup: Lookup,
  scopeOf: ScopeOf,
): Pick<ResourceQueries, 'placementOfTarget' | 'placementOfRule' | 'selectionOfRule'> {
  const placementOfRule = memo.query<Placement>(key => ruleIn(lookup.rules.get(key), scopeOf('rules', key)))
  return {
    placementOfTarget: memo.query<Placement>(key => targetIn(lookup.targets.get(key), scopeOf('targets', key))),
    placementOfRule,
    selectionOfRule: memo.query<Selection | undefined>(key => placementOfRule(key).selection, Object.is),
  }
}

function targetIn(target: Target | undefined, scope: Scope): Placement {
  const selection = guarded(scope.problems.at('spec'), undefined, () => {
    const selector = target?.spec.selector
    return selector === undefined ? undefined : selectionOf(selector, inside(scope, 'spec', 'selector'))
  })
  return { selection, verdict: scope.problems.verdict() }
}

function selectionOf(selector: Selector, { lookup, namespace, problems }: Scope): Selection | undefined {
  return reading(problems, () => lookup.select(selector, namespace, problems))
}

function ruleIn(rule: Rule | undefined, scope: Scope): Placement {
  const selection = guarded(scope.problems.at('spec'), undefined, () => {
    if (rule === undefined) return undefined
    const within = inside(scope, 'spec')
    if (listKey(rule.spec.rulelist, scope.namespace) === undefined)
      inside(within, 'rulelist').problems.add(
        'InvalidRef',
        `${JSON.stringify(rule.spec.rulelist)} is not a valid reference to a VirtualService or rulelist.`,
      )
    return selectionOf(rule.spec.selector, inside(within, 'selector'))
  })
  return { selection, verdict: scope.problems.verdict() }
}
