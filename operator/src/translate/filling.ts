/**
 * Puts together what proxies should hold: `Filling` for one resource with all that it refers to, `merge` for all the
 * resources that select the same proxies.
 */
import { isDeepStrictEqual } from 'node:util'
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
import type { ResourceKey } from '../sources/snapshot.ts'
import { rulelistName } from './lists.ts'
import type { WholeMesh } from './mesh.ts'
import { baseName, rulesName } from './names.ts'
import type { BuiltCluster, BuiltRoute, BuiltRule, From } from './scope.ts'
import { type Item, sequence } from './sequences.ts'
import { resourceKey } from './virtual-services.ts'

export type Parts = ReadonlyMap<ResourceKey, readonly ObjectId[]>
export type Filled = { readonly config: Config; readonly parts: Parts }

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
    if (!removeOrphanSessions) return
    const flag = orphanFlag(baseName('virtualservices', key))
    this.#rulelists.set(flag, { name: flag, rules: [] })
    this.#part(owner, [{ kind: 'rulelist', name: flag }])
  }

  target(key: string): void {
    const { built } = this.#mesh.target(key)
    if (built !== undefined) this.#cluster(built)
  }

  /** What was collected; equal parts of what was there before are used again. */
  result(before: Filled | undefined): Filled {
    const config: Config = {
      clusters: this.#clusters,
      routes: this.#routes,
      rules: this.#rules,
      rulelists: this.#rulelists,
      listeners: this.#listeners,
    }
    const parts: Parts = new Map([...this.#parts].map(([owner, ids]) => [owner, [...ids.values()]]))
    return shared(before, { config, parts })
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
      this.#apply(apply)
    }
    return ids
  }

  #apply(list: string): void {
    if (this.#applied.has(list)) return
    this.#applied.add(list)
    const isThere = this.#rulelists.has(rulelistName(list, this.#mesh.world))
    if (!isThere) this.#list(list, this.#mesh.fromOfList(list))
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

/** All in one; equal parts of what was there before are used again. */
export function merge(pieces: readonly Filled[], before: Filled | undefined): Filled {
  const config = {
    clusters: new Map<string, Cluster>(),
    routes: new Map<string, Route>(),
    rules: new Map<string, Rule>(),
    rulelists: new Map<string, RuleList>(),
    listeners: new Map<string, Listener>(),
  }
  const parts = new Map<ResourceKey, readonly ObjectId[]>()
  for (const piece of pieces) {
    addAll(config.clusters, piece.config.clusters)
    addAll(config.routes, piece.config.routes)
    addAll(config.rules, piece.config.rules)
    addAll(config.rulelists, piece.config.rulelists)
    addAll(config.listeners, piece.config.listeners)
    for (const [owner, ids] of piece.parts) parts.set(owner, joined(parts.get(owner), ids))
  }
  return shared(before, { config, parts })
}

function addAll<T>(all: Map<string, T>, some: ReadonlyMap<string, T>): void {
  for (const [name, object] of some) all.set(name, object)
}

/** A resource that several refer to has a part in each. */
function joined(some: readonly ObjectId[] | undefined, others: readonly ObjectId[]): readonly ObjectId[] {
  if (some === undefined || some === others) return others
  // No two objects of ours have one name, of whatever kinds they are.
  return [...new Map([...some, ...others].map(id => [id.name, id])).values()]
}

function shared(before: Filled | undefined, made: Filled): Filled {
  if (before === undefined) return made
  const config = sharedConfig(before.config, made.config)
  const parts = sameParts(before.parts, made.parts) ? before.parts : made.parts
  return config === before.config && parts === before.parts ? before : { config, parts }
}

/** Equal to `made`, with the objects of `old` where they are equal. */
function sharedConfig(old: Config, made: Config): Config {
  const shared: Config = {
    clusters: withOld(old.clusters, made.clusters),
    routes: withOld(old.routes, made.routes),
    rules: withOld(old.rules, made.rules),
    rulelists: withOld(old.rulelists, made.rulelists),
    listeners: withOld(old.listeners, made.listeners),
  }
  const isSame =
    shared.clusters === old.clusters &&
    shared.routes === old.routes &&
    shared.rules === old.rules &&
    shared.rulelists === old.rulelists &&
    shared.listeners === old.listeners
  return isSame ? old : shared
}

function withOld<T extends object>(old: ReadonlyMap<string, T>, made: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  let news = made.size === old.size ? 0 : 1
  const shared = new Map<string, T>()
  for (const [name, object] of made) {
    const before = old.get(name)
    const isOld = before !== undefined && (before === object || isDeepStrictEqual(before, object))
    if (!isOld) news += 1
    shared.set(name, isOld ? before : object)
  }
  return news === 0 ? old : shared
}

function sameParts(a: Parts, b: Parts): boolean {
  if (a.size !== b.size) return false
  for (const [owner, ids] of a) if (!sameIds(ids, b.get(owner) ?? [])) return false
  return true
}

function sameIds(a: readonly ObjectId[], b: readonly ObjectId[]): boolean {
  return a === b || (a.length === b.length && a.every((id, i) => id.kind === b[i]?.kind && id.name === b[i]?.name))
}
