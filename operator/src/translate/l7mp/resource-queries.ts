/** Ties the kinds of resources together: the query by which each can be had by the others. */
import type { Rule, Target } from '@l7mesh/crds'
import type { Verdict } from '../desired.ts'
import type { Memo, Query } from '../incremental/memo.ts'
import type { World } from '../lookup/lookup.ts'
import { isStub } from '../lookup/stubs.ts'
import { baseName, type Plural } from '../names.ts'
import { Findings, guarded } from '../problems.ts'
import { createCircles } from './cycles/queries.ts'
import { InlineClusters, withDistinctNames } from './fields/inline-clusters.ts'
import { fromOf } from './listeners.ts'
import { buildRoute } from './routes.ts'
import { listKey } from './rulelists.ts'
import { buildRule } from './rules.ts'
import {
  type Built,
  type BuiltCluster,
  type BuiltRoute,
  type BuiltRule,
  type From,
  inside,
  type Mesh,
  type Scope,
  type TranslateOptions,
} from './scope.ts'
import type { PortProtocol } from './service-ports.ts'
import { buildService } from './services.ts'
import { buildLinked, buildTarget } from './targets.ts'
import { buildFrontend, buildOwnRules, type Frontend, type OwnRules, resourceKey } from './virtual-services.ts'

export type WholeMesh = Mesh & {
  /** By key of a VirtualService. */
  readonly frontend: Query<Frontend>
  /** By `FROM NAMESPACE/NAME` of a VirtualService. */
  readonly ownRules: Query<OwnRules>
  /** Where a Target or a Rule is to be; by `KIND/NAMESPACE/NAME`. */
  readonly placement: Query<Placement>
  /** What kind of sessions a rulelist gets; by key. */
  readonly fromOfList: Query<From>
}

export type Placement = { readonly pods: readonly string[]; readonly verdict: Verdict }

const NOTHING: Verdict = { problems: [], notes: [] }

export function createMesh(memo: Memo, world: World, options: TranslateOptions): WholeMesh {
  const scopeOf: ScopeOf = (plural, key, from, inlineClusters = new InlineClusters()) => ({
    mesh,
    findings: new Findings(),
    namespace: key.slice(0, key.indexOf('/')),
    base: baseName(plural, key),
    from,
    list: undefined,
    inlineClusters,
  })
  const implied = (build: (scope: Scope) => BuiltCluster | undefined, scope: Scope): Built<BuiltCluster> => {
    const built = guarded(scope.findings, undefined, () => build(scope))
    return { built, verdict: scope.findings.verdict() }
  }

  const mesh: WholeMesh = {
    world,
    options,
    target: memo.query(key => {
      const target = world.target(key)
      if (target === undefined) return { built: undefined, verdict: NOTHING }
      return buildTarget(key, target, scopeOf('targets', key, 'other'))
    }),
    linked: memo.query(key => {
      const scope = scopeOf('virtualservices', key, 'other')
      return implied(within => buildLinked(key, `${scope.base}/target`, within), scope)
    }),
    service: memo.query(text => {
      const [key = '', port = '', spoken] = text.split(' ')
      // Made by `serviceQuery`.
      const protocol = spoken as PortProtocol | undefined
      return implied(scope => buildService(key, port || undefined, protocol, scope), scopeOf('services', key, 'other'))
    }),
    route: memo.query(text => withDistinctNames(names => routeFor(text, world, named(scopeOf, names)))),
    rule: memo.query(text => withDistinctNames(names => ruleFor(text, world, named(scopeOf, names)))),
    ...createCircles(memo, () => mesh),
    frontend: memo.query(key => {
      const service = world.virtualService(key)
      if (service === undefined) return { listener: undefined, pods: [], removeOrphanSessions: false, verdict: NOTHING }
      return buildFrontend(key, service, scopeOf('virtualservices', key, 'other'))
    }),
    ownRules: memo.query(text => {
      const [from, key] = fromAndKey(text)
      const service = world.virtualService(key)
      if (service === undefined || isStub(service)) return { rules: [], rulesRef: undefined, verdict: NOTHING }
      return withDistinctNames(names => buildOwnRules(key, service, scopeOf('virtualservices', key, from, names)))
    }),
    placement: memo.query(resource => {
      const slash = resource.indexOf('/')
      const key = resource.slice(slash + 1)
      return resource.startsWith('Rule/')
        ? placementOfRule(world.rule(key), scopeOf('rules', key, 'other'))
        : placementOf(world.target(key), scopeOf('targets', key, 'other'))
    }),
    fromOfList: memo.query(key => {
      const service = world.virtualService(key)
      // A list of Rules alone may get sessions of any kind, so it is made to be safe for all.
      return service === undefined ? 'http' : fromOf(service.spec?.listener?.spec)
    }),
  }
  return mesh
}

type ScopeOf = (plural: Plural, key: string, from: From, inlineClusters?: InlineClusters) => Scope

function named(scopeOf: ScopeOf, names: InlineClusters): ScopeOf {
  return (plural, key, from) => scopeOf(plural, key, from, names)
}

function routeFor(text: string, world: World, scopeOf: ScopeOf): Built<BuiltRoute> {
  const [from, key] = fromAndKey(text)
  const route = world.route(key)
  const scope = scopeOf('routes', key, from)
  if (route === undefined) return { built: undefined, verdict: NOTHING }
  const built = guarded(scope.findings, undefined, () => buildRoute(route.spec, scope.base, inside(scope, 'spec')))
  return { built: built && { ...built, owner: resourceKey('Route', key) }, verdict: scope.findings.verdict() }
}

/** A list may be named after the key: the one that the rule is looked at for, where that is not its own. */
function ruleFor(text: string, world: World, scopeOf: ScopeOf): Built<BuiltRule> {
  const [from, rest] = fromAndKey(text)
  const [key = '', list] = rest.split(' ')
  const rule = world.rule(key)
  const scope = scopeOf('rules', key, from)
  if (rule === undefined) return { built: undefined, verdict: NOTHING }
  const built = guarded(scope.findings, undefined, () => {
    const own = listKey(rule.spec.rulelist, scope.namespace)
    return buildRule(rule.spec.rule, scope.base, list ?? own ?? key, inside(scope, 'spec', 'rule'))
  })
  return { built: built && { ...built, owner: resourceKey('Rule', key) }, verdict: scope.findings.verdict() }
}

function placementOf(target: Target | undefined, scope: Scope): Placement {
  const pods = guarded(scope.findings, undefined, () => {
    const selector = target?.spec.selector
    if (selector === undefined) return undefined
    return scope.mesh.world.select(selector, scope.namespace, scope.findings.at('spec').at('selector'))
  })
  return { pods: pods ?? [], verdict: scope.findings.verdict() }
}

function placementOfRule(rule: Rule | undefined, scope: Scope): Placement {
  const pods = guarded(scope.findings, undefined, () => {
    if (rule === undefined) return undefined
    const within = inside(scope, 'spec')
    if (listKey(rule.spec.rulelist, scope.namespace) === undefined)
      inside(within, 'rulelist').findings.problem(
        'InvalidRef',
        `${JSON.stringify(rule.spec.rulelist)} names neither a VirtualService nor a rulelist.`,
      )
    return scope.mesh.world.select(rule.spec.selector, scope.namespace, inside(within, 'selector').findings)
  })
  return { pods: pods ?? [], verdict: scope.findings.verdict() }
}

function fromAndKey(text: string): readonly [From, string] {
  const space = text.indexOf(' ')
  // The keys of these queries are made from a `From`.
  return [text.slice(0, space) as From, text.slice(space + 1)]
}
