import { type Config, normalCluster, RESOURCE_PREFIX } from '@l7mesh/proxy-client'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Snapshot } from '../../src/sources/snapshot.ts'
import { createTranslator } from '../../src/translate/translate.ts'
import { resource, snapshot } from './arbitrary.ts'
import { snapshotOf } from './support.ts'

const runs = { numRuns: 400 }

describe('for any resources', () => {
  it('each config is complete, in normal form, and has valid names', () => {
    fc.assert(
      fc.property(snapshot, given => {
        for (const { config, parts } of createTranslator()(given).proxies.values()) {
          expect(dangling(config)).toEqual([])
          expect(names(config).filter(name => !isLegal(name))).toEqual([])
          expect(new Set(endpoints(config)).size).toBe(endpoints(config).length)
          for (const cluster of config.clusters.values()) expect(normalCluster(cluster)).toEqual(cluster)
          const held = new Set([...names(config), ...endpoints(config)])
          for (const ids of parts.values()) expect(ids.filter(({ name }) => !held.has(name))).toEqual([])
        }
      }),
      runs,
    )
  })

  it('rulelists do not apply each other in a cycle', () => {
    fc.assert(
      fc.property(snapshot, given => {
        for (const { config } of createTranslator()(given).proxies.values())
          for (const list of config.rulelists.keys()) expect(appliedFrom(list, config)).not.toContain(list)
      }),
      runs,
    )
  })

  it('a translator with a history returns the same as a new one', () => {
    fc.assert(
      fc.property(fc.array(resource, { maxLength: 15 }), fc.array(edit, { maxLength: 6 }), (resources, edits) => {
        const translate = createTranslator()
        let current = snapshotOf(resources)
        translate(current)
        for (const one of edits) {
          current = edited(current, one)
          expect(translate(current)).toEqual(createTranslator()(current))
        }
      }),
      runs,
    )
  })

  it('a resource that violates its schema is a problem and not an error', () => {
    const anything = fc.record({
      kind: fc.constantFrom('VirtualService', 'Target', 'Rule', 'Route'),
      metadata: fc.record({ name: fc.string(), namespace: fc.string() }),
      spec: fc.oneof(fc.object(), fc.record({ selector: fc.anything(), listener: fc.object(), rule: fc.object() })),
    })
    fc.assert(
      fc.property(fc.array(anything), snapshot, (odd, good) => {
        const all = snapshotOf(odd)
        const merged = Object.fromEntries(
          Object.entries(good).map(([kind, map]) => [kind, new Map<string, unknown>([...map, ...tableOf(all, kind)])]),
        ) as unknown as Snapshot
        const problems = [...createTranslator()(merged).verdicts.values()].flatMap(verdict => verdict.problems)
        expect(problems.filter(({ path, message }) => path === '' || ENGINE_TEXT.test(message))).toEqual([])
      }),
      runs,
    )
  })
})

/** Texts of errors of the JavaScript engine. */
const ENGINE_TEXT = /Cannot [a-z]+ |is not (?:iterable|a function)|call stack|undefined \(/

const edit = fc.record({ put: fc.option(resource), drop: fc.nat(40) })

/** Deletes, creates or replaces a resource. */
function edited(before: Snapshot, { put, drop }: { put: object | null; drop: number }): Snapshot {
  const added = put === null ? undefined : snapshotOf([put as Parameters<typeof snapshotOf>[0][number]])
  const keys = Object.entries(before).flatMap(([kind, map]) => [...map.keys()].map(key => `${kind} ${key}`))
  const gone = added === undefined ? keys[drop % Math.max(1, keys.length)] : undefined
  const tables = Object.entries(before).map(([kind, map]) => [
    kind,
    new Map<string, unknown>(
      [...map, ...(added === undefined ? [] : tableOf(added, kind))].filter(([key]) => `${kind} ${key}` !== gone),
    ),
  ])
  return Object.fromEntries(tables)
}

function tableOf(snapshot: Snapshot, kind: string): Iterable<[string, unknown]> {
  return Object.entries(snapshot).find(([name]) => name === kind)?.[1] ?? []
}

function dangling({ clusters, routes, rules, rulelists, listeners }: Config): readonly string[] {
  const wanted = [
    ...[...listeners.values()].filter(({ rules: list }) => !rulelists.has(list)).map(({ rules: list }) => list),
    ...[...rulelists.values()].flatMap(list => list.rules.filter(rule => !rules.has(rule))),
    ...[...rules.values()].flatMap(({ action }) => [
      ...(action.route === undefined || routes.has(action.route) ? [] : [action.route]),
      ...(action.apply === undefined || rulelists.has(action.apply) ? [] : [action.apply]),
    ]),
    ...[...routes.values()].flatMap(route =>
      [...route.ingress, ...route.egress, route.destination].filter(cluster => !clusters.has(cluster)),
    ),
  ]
  return wanted
}

function names(config: Config): readonly string[] {
  return Object.values(config).flatMap(objects => [...objects.keys()])
}

function endpoints({ clusters }: Config): readonly string[] {
  return [...clusters.values()].flatMap(cluster => cluster.endpoints.map(({ name }) => name))
}

function isLegal(name: string): boolean {
  return /^[!-~]+$/.test(name) && name.startsWith(RESOURCE_PREFIX)
}

/** All rulelists that a rulelist applies, directly or not. */
function appliedFrom(list: string, config: Config): readonly string[] {
  const reached = new Set<string>()
  const visit = (one: string) => {
    for (const rule of config.rulelists.get(one)?.rules ?? []) {
      const next = config.rules.get(rule)?.action.apply
      if (next === undefined || reached.has(next)) continue
      reached.add(next)
      visit(next)
    }
  }
  visit(list)
  return [...reached]
}
