/** Problems: none is lost, and each has the path of a field. */
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Action, InlineRule, Rule, VirtualService } from '@l7mesh/crds'
import type { Config } from '@l7mesh/proxy-client'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KINDS, RESOURCE_FIELDS } from '../../src/kinds/kinds.ts'
import type { ByName, ResourceKey, Snapshot } from '../../src/sources/snapshot.ts'
import type { DesiredFleet, Problem } from '../../src/translate/desired.ts'
import { listKey } from '../../src/translate/lookup/rulelist-names.ts'
import { isStub } from '../../src/translate/lookup/stubs.ts'
import { baseName, namespaceOf, resourceKey, rulesName } from '../../src/translate/names.ts'
import { createTranslator } from '../../src/translate/translate.ts'
import { nearSnapshot, snapshot } from './arbitrary.ts'
import { readCase } from './support.ts'

const runs = { numRuns: 2000 }

describe('a problem is reported', () => {
  it('for each rule that ends sessions although its action does not', () => {
    fc.assert(
      fc.property(fc.oneof(nearSnapshot, snapshot).map(marked), given => {
        const fleet = createTranslator()(given)
        expect(endingRules(given, fleet).filter(one => !isReported(one, given, fleet))).toEqual([])
      }),
      runs,
    )
  })

  it('for each rule, listener and Target that is left out', () => {
    fc.assert(
      fc.property(fc.oneof(nearSnapshot, snapshot).map(marked), given => {
        const fleet = createTranslator()(given)
        for (const { config } of fleet.proxies.values()) expect(leftOut(given, fleet, config)).toEqual([])
      }),
      runs,
    )
  })
})

describe('the path of a problem', () => {
  const folder = new URL('testdata/', import.meta.url)
  const cases = globSync('**/*.in.yaml', { cwd: fileURLToPath(folder) }).toSorted()

  it.each(cases)('is a field of the resource in %s', path => {
    const { snapshot: given, options } = readCase(readFileSync(new URL(path, folder), 'utf8'))
    expect(unknownPaths(given, createTranslator(options)(given))).toEqual([])
  })

  it('is a field of the resource in random meshes', () => {
    fc.assert(
      fc.property(snapshot, given => {
        expect(unknownPaths(given, createTranslator()(given))).toEqual([])
      }),
      runs,
    )
  })
})

/** Gives each rule a match of its own, so that it can be recognized on a proxy. */
function marked(given: Snapshot): Snapshot {
  let last = 0
  const mark = <T extends { match?: InlineRule['match'] }>(rule: T): T => {
    const own = { op: 'test', path: '/mark', value: `mark-${last++}` }
    const { match } = rule
    return { ...rule, match: match && Object.keys(match).length > 0 ? { op: 'and', apply: [match, own] } : own }
  }
  const virtualServices = mapped(given.virtualServices, service => {
    const { listener } = service.spec
    const rules = listener.rules?.map(item => {
      if (item.rule !== undefined) return { rule: mark(item.rule) }
      return item.action === undefined ? item : mark(item)
    })
    return { ...service, spec: { ...service.spec, listener: { ...listener, ...(rules && { rules }) } } }
  })
  const rules = mapped(given.rules, one => ({ ...one, spec: { ...one.spec, rule: mark(one.spec.rule) } }))
  return { ...given, virtualServices, rules }
}

function mapped<T>(objects: ByName<T>, change: (object: T) => T): ByName<T> {
  return new Map([...objects].map(([key, object]) => [key, change(object)]))
}

/** A rule as it is written, and the field with it. */
type Written = { readonly key: string; readonly path: string; readonly mark: string; readonly action: Action }

function writtenIn(key: string, { spec }: VirtualService): readonly Written[] {
  return (spec.listener.rules ?? []).flatMap(({ rule, action, match }, i) => {
    const given = rule ?? (action && { action, ...(match && { match }) })
    return given === undefined ? [] : [written(key, `spec.listener.rules[${i}]`, given)]
  })
}

function written(key: string, path: string, { match, action }: InlineRule): Written {
  return { key, path, mark: /"mark-\d+"/.exec(JSON.stringify(match ?? {}))?.[0] ?? '', action }
}

function allWritten({ virtualServices, rules }: Snapshot): readonly (Written & { readonly resource: ResourceKey })[] {
  return [
    ...[...virtualServices].flatMap(([key, service]) =>
      writtenIn(key, service).map(one => ({ ...one, resource: resourceKey('VirtualService', key) })),
    ),
    ...[...rules].map(([key, { spec }]) => ({
      ...written(key, 'spec.rule', spec.rule),
      resource: resourceKey('Rule', key),
    })),
  ]
}

/** The rules with an empty action on some proxy that is not written so. */
function endingRules(given: Snapshot, { proxies }: DesiredFleet) {
  const rules = [...proxies.values()].flatMap(({ config }) => [...config.rules.values()])
  const ending = rules
    .filter(({ action }) => Object.keys(action).length === 0)
    .map(({ match }) => JSON.stringify(match))
  return allWritten(given).filter(
    ({ action, mark }) => Object.keys(action).length > 0 && ending.some(match => match?.includes(mark)),
  )
}

/** A Rule or those who refer to it have the problem. */
function isReported(
  { resource, key, path }: Written & { readonly resource: ResourceKey },
  { virtualServices }: Snapshot,
  fleet: DesiredFleet,
): boolean {
  if (hasProblemAt(fleet, resource, path)) return true
  return [...virtualServices.keys()].some(service =>
    problemsOf(fleet, resourceKey('VirtualService', service)).some(
      ({ path: at, message }) => /ruleRef$|rulesRef$/.test(at) && message.startsWith(`Rule ${key}: ${path}`),
    ),
  )
}

function problemsOf({ verdicts }: DesiredFleet, resource: ResourceKey): readonly Problem[] {
  return verdicts.get(resource)?.problems ?? []
}

function hasProblemAt(fleet: DesiredFleet, resource: ResourceKey, path: string): boolean {
  return problemsOf(fleet, resource).some(problem => problem.path.startsWith(path))
}

/** What a proxy lacks without a problem, of resources that select all pods. */
function leftOut(given: Snapshot, fleet: DesiredFleet, config: Config): readonly string[] {
  return [
    ...[...given.virtualServices].flatMap(([key, service]) => leftOutOfService(key, service, fleet, config)),
    ...[...given.targets].flatMap(([key, { spec }]) => {
      const isHeld = !selectsAll(spec.selector) || holds(config.clusters, `${baseName('targets', key)}@`)
      return isHeld || hasProblemAt(fleet, resourceKey('Target', key), '') ? [] : [`Target ${key}`]
    }),
    ...[...given.rules].flatMap(([key, rule]) => leftOutRule(key, rule, fleet, config)),
  ]
}

function leftOutOfService(
  key: string,
  service: VirtualService,
  fleet: DesiredFleet,
  config: Config,
): readonly string[] {
  const resource = resourceKey('VirtualService', key)
  const isOnAll = selectsAll(service.spec.selector) && !isStub(service) && !hasProblemAt(fleet, resource, '')
  const isHeld = !isOnAll || holds(config.listeners, `${baseName('virtualservices', key)}@`)
  const missing = writtenIn(key, service).filter(
    ({ path, mark }) => !hasProblemAt(fleet, resource, path) && marksIn(key, config)?.includes(mark) === false,
  )
  return [...(isHeld ? [] : [`VirtualService ${key}`]), ...missing.map(({ path }) => `${key} ${path}`)]
}

function leftOutRule(key: string, { spec }: Rule, fleet: DesiredFleet, config: Config): readonly string[] {
  const list = listKey(spec.rulelist, namespaceOf(key))
  const { mark } = written(key, '', spec.rule)
  const isHeld = list === undefined || marksIn(list, config)?.includes(mark) !== false
  const isExpected = selectsAll(spec.selector) && !hasProblemAt(fleet, resourceKey('Rule', key), '')
  return isHeld || !isExpected ? [] : [`Rule ${key}`]
}

function selectsAll(selector: object | undefined): boolean {
  return selector !== undefined && Object.keys(selector).length === 0
}

function holds(objects: ReadonlyMap<string, unknown>, prefix: string): boolean {
  return [...objects.keys()].some(name => name.startsWith(prefix))
}

/** The matches of the rules of a VirtualService; undefined if the proxy does not hold its rulelist. */
function marksIn(key: string, { rulelists, rules }: Config): string | undefined {
  const list = rulelists.get(rulesName(key))
  return list && JSON.stringify(list.rules.map(name => rules.get(name)?.match))
}

/** The paths of problems that are not those of fields, by resource. Only the last step may be missing. */
function unknownPaths(given: Snapshot, { verdicts }: DesiredFleet): readonly string[] {
  return RESOURCE_FIELDS.flatMap(field =>
    [...given[field]].flatMap(([key, resource]) => {
      const id = resourceKey(KINDS[field].kind, key)
      const paths = (verdicts.get(id)?.problems ?? []).map(({ path }) => path)
      return paths.filter(path => !isField(resource, path)).map(path => `${id} ${path}`)
    }),
  )
}

function isField(resource: object, path: string): boolean {
  const steps = path.match(/[^.[\]]+/g) ?? []
  const parent = steps.slice(0, -1).reduce<unknown>(at, resource)
  return steps.length > 0 && typeof parent === 'object' && parent !== null
}

function at(value: unknown, step: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined
}
