/**
 * The kinds of `l7mp.io/v1` – VirtualService, Target, Rule, Route – as fragments. From the bottom: `fields/` reads single
 * fields, `references/` resolves references, `cycles/` finds loops of sessions, `build/` makes the objects of a proxy, and
 * `fragments/` collects those of each resource.
 */
import type { ResourceKey } from '../../sources/snapshot.ts'
import { defineFragments, type FragmentFactory } from '../fragment.ts'
import { sameList } from '../incremental/memo.ts'
import type { TranslateOptions } from './build/scope.ts'
import { createDestinationIndex } from './fragments/destination-index.ts'
import { createRulelists, insertable, ResourceConfig } from './fragments/resource-config.ts'
import { verdictOfRoute, verdictOfRule, verdictOfTarget, verdictOfVirtualService } from './fragments/verdicts.ts'
import { createResourceQueries } from './resource-queries.ts'

export const createL7mpFragments: FragmentFactory<TranslateOptions> = (memo, lookup, options) => {
  const queries = createResourceQueries(memo, lookup, options)
  const variesWith = memo.query<readonly ResourceKey[]>(list => insertable(list, queries), sameList)
  const rulelists = createRulelists(queries, variesWith)
  const destinations = createDestinationIndex(memo, queries)
  const brought = (bring: (config: ResourceConfig) => void, present: ReadonlySet<ResourceKey> = new Set()) => {
    const config = new ResourceConfig(queries, present, rulelists)
    bring(config)
    return config.fragment()
  }
  return [
    defineFragments(memo, {
      kind: 'VirtualService',
      keys: lookup.virtualServices.keys,
      selection: key => (queries.claim(key) === undefined ? undefined : queries.selectionOfVirtualService(key)),
      claim: queries.claim,
      variesWith,
      fragment: (key, present) => brought(config => config.virtualService(key), present),
      verdict: key => verdictOfVirtualService(key, queries),
      destinations: destinations.ofVirtualService,
    }),
    defineFragments(memo, {
      kind: 'Target',
      keys: lookup.targets.keys,
      selection: key => queries.placementOfTarget(key).selection,
      fragment: key => brought(config => config.target(key)),
      verdict: key => verdictOfTarget(key, queries),
      destinations: destinations.ofTarget,
    }),
    // A Rule has no objects of its own: it changes the rulelists on the proxies that it selects.
    defineFragments(memo, {
      kind: 'Rule',
      keys: lookup.rules.keys,
      selection: queries.selectionOfRule,
      verdict: key => verdictOfRule(key, queries),
      destinations: destinations.ofRule,
    }),
    defineFragments(memo, {
      kind: 'Route',
      keys: lookup.routes.keys,
      verdict: key => verdictOfRoute(key, queries),
      destinations: destinations.ofRoute,
    }),
  ]
}
