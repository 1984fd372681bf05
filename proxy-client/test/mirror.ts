/** A proxy as a value: the effect of a call on a config. For tests of plans without HTTP. */

import type { Config } from '../src/model.ts'
import type { Call } from '../src/plan/call.ts'
import { clustersOf } from '../src/plan/configs.ts'

type Mutable<T> = T extends ReadonlyMap<infer K, infer V> ? Map<K, V> : never
type Draft = { readonly [K in keyof Config]: Mutable<Config[K]> }

export function apply(config: Config, call: Call): Config {
  const changed = changedBy(call)
  if (changed === undefined) return config
  const draft = { ...config, [changed]: new Map<string, unknown>(config[changed]) }
  // Nothing else of it is written to.
  change(draft as Draft, call)
  return draft
}

/** The one kind of objects that a call changes. */
function changedBy(call: Call): keyof Config | undefined {
  switch (call.op) {
    case 'create':
    case 'delete':
      return call.kind === 'endpoint' ? 'clusters' : `${call.kind}s`
    case 'insert':
    case 'remove':
      return 'rulelists'
    case 'replace':
      return 'listeners'
    case 'end-sessions':
      return undefined
  }
}

function change(draft: Draft, call: Call): void {
  switch (call.op) {
    case 'create':
      create(draft, call)
      break
    case 'insert':
    case 'remove':
      edit(draft, call)
      break
    case 'replace':
      draft.listeners.delete(call.old.name)
      draft.listeners.set(call.listener.name, call.listener)
      return
    case 'delete':
      remove(draft, call)
      break
    case 'end-sessions':
      return
  }
}

function create(draft: Draft, call: Extract<Call, { op: 'create' }>): void {
  switch (call.kind) {
    case 'endpoint': {
      const cluster = draft.clusters.get(call.cluster)
      if (!cluster) throw new Error(`endpoint ${call.object.name} comes before its cluster`)
      draft.clusters.set(cluster.name, { ...cluster, endpoints: [...cluster.endpoints, call.object] })
      return
    }
    case 'cluster':
      add(draft.clusters, call.object)
      break
    case 'route':
      add(draft.routes, call.object)
      break
    case 'rule':
      add(draft.rules, call.object)
      break
    case 'rulelist':
      add(draft.rulelists, call.object)
      break
    case 'listener':
      add(draft.listeners, call.object)
      break
  }
}

function add<T extends { readonly name: string }>(objects: Map<string, T>, object: T): void {
  if (objects.has(object.name)) throw new Error(`${object.name} is already defined`)
  objects.set(object.name, object)
}

function edit(draft: Draft, call: Extract<Call, { op: 'insert' | 'remove' }>): void {
  const list = draft.rulelists.get(call.rulelist)
  if (!list) throw new Error(`no rulelist ${call.rulelist}`)
  const rules = [...list.rules]
  const taken = call.op === 'remove' ? rules.splice(call.position, 1)[0] : call.rule
  if (taken !== call.rule) throw new Error(`position ${call.position} of ${list.name} holds ${taken}, not ${call.rule}`)
  if (call.op === 'insert') rules.splice(call.position, 0, call.rule)
  draft.rulelists.set(list.name, { ...list, rules })
}

function remove(draft: Draft, { kind, name }: Extract<Call, { op: 'delete' }>): void {
  if (kind === 'endpoint') {
    for (const cluster of draft.clusters.values())
      draft.clusters.set(cluster.name, {
        ...cluster,
        endpoints: cluster.endpoints.filter(endpoint => endpoint.name !== name),
      })
    return
  }
  const objects: Map<string, unknown> = draft[`${kind}s`]
  if (!objects.delete(name)) throw new Error(`no ${kind} ${name}`)
}

/** The dangling references that a new session could reach from a listener. */
export function dangling(config: Config): readonly string[] {
  const way = new Way(config)
  for (const listener of config.listeners.values()) way.list(listener.rules)
  return way.found
}

class Way {
  readonly found: string[] = []
  readonly #config: Config
  readonly #seen = new Set<string>()

  constructor(config: Config) {
    this.#config = config
  }

  list(name: string): void {
    if (this.#seen.has(name)) return
    this.#seen.add(name)
    for (const rule of this.#look('rulelists', name)?.rules ?? []) this.#rule(rule)
  }

  #rule(name: string): void {
    const action = this.#look('rules', name)?.action
    if (action?.apply !== undefined) this.list(action.apply)
    if (action?.route !== undefined) this.#route(action.route)
  }

  #route(name: string): void {
    const route = this.#look('routes', name)
    for (const cluster of route ? clustersOf(route) : []) this.#look('clusters', cluster)
  }

  #look<K extends keyof Config>(kind: K, name: string): ReturnType<Config[K]['get']> {
    const objects: Config[K] = this.#config[kind]
    const object = objects.get(name)
    if (!object) this.found.push(`${kind} ${name}`)
    return object as ReturnType<Config[K]['get']>
  }
}
