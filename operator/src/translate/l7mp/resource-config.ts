/** Puts together what one resource brings to a proxy, with all that it refers to. */
import {
  type Cluster,
  type Config,
  type Listener,
  type ObjectId,
  orphanFlag,
  type Route,
  type Rule,
  type RuleList,
} from '@l7mesh/proxy-client'
import type { ResourceKey } from '../../sources/snapshot.ts'
import type { Filled, Parts } from '../fleet/merge.ts'
import { baseName, rulesName } from '../names.ts'
import type { WholeMesh } from './resource-queries.ts'
import { type Item, sequence } from './rule-order.ts'
import { rulelistName } from './rulelists.ts'
import type { BuiltCluster, BuiltRoute, BuiltRule, From } from './scope.ts'
import { resourceKey } from './virtual-services.ts'

/** Collects objects; what an object refers to is always collected with it. */
export class Filling {
  readonly #mesh: WholeMesh
  readonly #acts: (rule: string) => boolean
  readonly #clusters = new Map<string, Cluster>()
  readonly #routes = new Map<string, Route>()
  readonly #rules = new Map<string, Rule>()
  readonly #rulelists = new Map<string, RuleList>()
  readonly #listeners = new Map<string, Listener>()
  readonly #parts = new Map<ResourceKey, Map<string, ObjectId>>()
  /** The rulelists that rules apply, in the order in which they were found; a chain of them can be long. */
  readonly #applied = new Set<string>()

  /** `acts` tells which Rules act on these proxies. */
  constructor(mesh: WholeMesh, acts: (rule: string) => boolean) {
    this.#mesh = mesh
    this.#acts = acts
  }

  virtualService(key: string, listener: Listener, removeOrphanSessions: boolean): void {
    const owner = resourceKey('VirtualService', key)
    this.#listeners.set(listener.name, listener)
    this.#part(owner, [{ kind: 'listener', name: listener.name }])
    this.#list(key, this.#mesh.fromOfList(key), owner)
    // A set that grows while it is walked is walked to its end.
    for (const list of this.#applied)
      if (!this.#rulelists.has(rulelistName(list, this.#mesh.world))) this.#list(list, this.#mesh.fromOfList(list))
    if (!removeOrphanSessions) return
    const flag = orphanFlag(baseName('virtualservices', key))
    this.#rulelists.set(flag, { name: flag, rules: [] })
    this.#part(owner, [{ kind: 'rulelist', name: flag }])
  }

  target(key: string): void {
    const { built } = this.#mesh.target(key)
    if (built !== undefined) this.#cluster(built)
  }

  result(): Filled {
    const config: Config = {
      clusters: this.#clusters,
      routes: this.#routes,
      rules: this.#rules,
      rulelists: this.#rulelists,
      listeners: this.#listeners,
    }
    const parts: Parts = new Map([...this.#parts].map(([owner, ids]) => [owner, [...ids.values()]]))
    return { config, parts }
  }

  #list(key: string, from: From, owner?: ResourceKey): void {
    const name = owner === undefined ? rulelistName(key, this.#mesh.world) : rulesName(key)
    const items = sequence(key, from, this.#acts, this.#mesh)
    this.#rulelists.set(name, { name, rules: items.map(({ built }) => built.rule.name) })
    const list: ObjectId = { kind: 'rulelist', name }
    if (owner !== undefined) this.#part(owner, [list])
    for (const item of items) this.#item(item, list, owner)
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
      ids.push({ kind: 'rulelist', name: rulelistName(apply, this.#mesh.world) })
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
    // No two objects of ours have one name, of whatever kinds they are.
    for (const id of ids) part.set(id.name, id)
  }
}
