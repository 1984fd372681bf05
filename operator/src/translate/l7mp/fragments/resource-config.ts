/** Builds the fragment of a VirtualService, a rulelist or a Target: its objects, with those that belong to them. */
import {
  type Cluster,
  type Listener,
  type ObjectId,
  orphanFlag,
  type Route,
  type Rule,
  type RuleList,
} from '@l7mesh/proxy-client'
import type { ResourceKey } from '../../../sources/snapshot.ts'
import type { Fragment, FragmentMaker, Parts } from '../../fragment.ts'
import { baseName, resourceKey, rulesName } from '../../names.ts'
import type { BuiltCluster, BuiltRoute, BuiltRule, ResourceQueries } from '../build/scope.ts'
import { rulelistName } from '../references/rulelists.ts'
import { type Item, insertableRules, ruleOrder } from './rule-order.ts'

/** Makes the rulelists that rules apply, and those of VirtualServices without their listener. */
export function createRulelists(queries: ResourceQueries, variesWith: FragmentMaker['variesWith']): FragmentMaker {
  const rulelists: FragmentMaker = {
    kind: 'RuleList',
    variesWith,
    fragment(key, present) {
      const config = new ResourceConfig(queries, present, rulelists)
      config.rulelist(key)
      return config.fragment()
    },
  }
  return rulelists
}

/** The Rules that can be in the rulelist of this key. */
export function insertable(list: string, queries: ResourceQueries): readonly ResourceKey[] {
  return insertableRules(list, queries).map(rule => resourceKey('Rule', rule))
}

/** Collects objects, with the objects that they refer to, except for other rulelists. */
export class ResourceConfig {
  readonly #queries: ResourceQueries
  readonly #present: ReadonlySet<ResourceKey>
  readonly #rulelistMaker: FragmentMaker
  readonly #clusters = new Map<string, Cluster>()
  readonly #routes = new Map<string, Route>()
  readonly #rules = new Map<string, Rule>()
  readonly #rulelists = new Map<string, RuleList>()
  readonly #listeners = new Map<string, Listener>()
  readonly #parts = new Map<ResourceKey, Map<string, ObjectId>>()
  /** The rulelists that rules apply. */
  readonly #applied = new Set<string>()

  /** `present`: the Rules that select these proxies. */
  constructor(queries: ResourceQueries, present: ReadonlySet<ResourceKey>, rulelists: FragmentMaker) {
    this.#queries = queries
    this.#present = present
    this.#rulelistMaker = rulelists
  }

  virtualService(key: string): void {
    const { listener, removeOrphanSessions } = this.#queries.frontend(key)
    if (listener === undefined) return
    const owner = resourceKey('VirtualService', key)
    this.#listeners.set(listener.name, listener)
    this.#part(owner, [{ kind: 'listener', name: listener.name }])
    this.rulelist(key, owner)
    if (!removeOrphanSessions) return
    const flag = orphanFlag(baseName('virtualservices', key))
    this.#rulelists.set(flag, { name: flag, rules: [] })
    this.#part(owner, [{ kind: 'rulelist', name: flag }])
  }

  target(key: string): void {
    const { built } = this.#queries.target(key)
    if (built !== undefined) this.#cluster(built)
  }

  /** `owner`: the VirtualService whose listener uses this rulelist. */
  rulelist(key: string, owner?: ResourceKey): void {
    const name = owner === undefined ? rulelistName(key, this.#queries.lookup) : rulesName(key)
    const acts = (rule: string) => this.#present.has(resourceKey('Rule', rule))
    const items = ruleOrder(key, this.#queries.protocolOfList(key), acts, this.#queries)
    this.#rulelists.set(name, { name, rules: items.map(({ built }) => built.rule.name) })
    const list: ObjectId = { kind: 'rulelist', name }
    if (owner !== undefined) this.#part(owner, [list])
    for (const item of items) this.#item(item, list, owner)
  }

  fragment(): Fragment {
    const parts: Parts = new Map([...this.#parts].map(([owner, ids]) => [owner, [...ids.values()]]))
    return {
      config: {
        clusters: this.#clusters,
        routes: this.#routes,
        rules: this.#rules,
        rulelists: this.#rulelists,
        listeners: this.#listeners,
      },
      parts,
      needs: [...this.#applied].map(key => ({ maker: this.#rulelistMaker, key })),
    }
  }

  #item({ built, inserted }: Item, list: ObjectId, holder: ResourceKey | undefined): void {
    const ids = this.#rule(built)
    if (holder !== undefined && !inserted) this.#part(holder, ids)
    if (built.owner !== undefined) this.#part(built.owner, [list, ...ids])
  }

  #rule({ rule, route, apply }: BuiltRule): readonly ObjectId[] {
    this.#rules.set(rule.name, rule)
    const ids: ObjectId[] = [{ kind: 'rule', name: rule.name }]
    if (route !== undefined) ids.push(...this.#route(route))
    if (apply !== undefined) {
      ids.push({ kind: 'rulelist', name: rulelistName(apply, this.#queries.lookup) })
      this.#applied.add(apply)
    }
    return ids
  }

  #route({ route, clusters, owner }: BuiltRoute): readonly ObjectId[] {
    this.#routes.set(route.name, route)
    const ids: readonly ObjectId[] = [
      { kind: 'route', name: route.name },
      ...clusters.flatMap(one => this.#cluster(one)),
    ]
    if (owner !== undefined) this.#part(owner, ids)
    return ids
  }

  #cluster({ cluster, owner, ids }: BuiltCluster): readonly ObjectId[] {
    this.#clusters.set(cluster.name, cluster)
    if (owner !== undefined) this.#part(owner, ids)
    return ids
  }

  #part(owner: ResourceKey, ids: readonly ObjectId[]): void {
    const part = this.#parts.get(owner) ?? new Map<string, ObjectId>()
    this.#parts.set(owner, part)
    // Names are unique across the kinds of objects.
    for (const id of ids) part.set(id.name, id)
  }
}
