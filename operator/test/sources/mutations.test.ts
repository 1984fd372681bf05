/**
 * Mutation tests: with any value in any field, nothing throws, only that object is reported, and the rest of the mesh
 * is unaffected. They cover every field that is used of every kind, at every depth, with every type of value.
 */
import { readFileSync } from 'node:fs'
import { createValidator, isRecord } from '@l7mesh/crds'
import { describe, expect, it } from 'vitest'
import { type ReadObjects, understand } from '../../src/cli/cluster/read.ts'
import { simulatePods } from '../../src/cli/folder/simulated-pods.ts'
import { validateFiles } from '../../src/cli/validate/validate-files.ts'
import { KINDS, SNAPSHOT_FIELDS } from '../../src/kinds/kinds.ts'
import { nameOf, parseObject } from '../../src/kube/collection.ts'
import type { RawObject } from '../../src/raw-object.ts'
import { statuses } from '../../src/report/status.ts'
import { type Item, readDocuments } from '../../src/sources/documents/documents.ts'
import { type Assembly, assemble, EMPTY_ASSEMBLY } from '../../src/sources/folder/assemble.ts'
import { overlay } from '../../src/sources/overlay.ts'
import type { Snapshot } from '../../src/sources/snapshot.ts'
import { admit } from '../../src/sources/validation/admit.ts'
import type { DesiredFleet } from '../../src/translate/desired.ts'
import { createTranslator } from '../../src/translate/translate.ts'

const TEXT = readFileSync(new URL('testdata/whole-mesh.yaml', import.meta.url), 'utf8')
const { validate } = createValidator()
const GOOD = readDocuments('mesh.yaml', TEXT, validate)
const DOCUMENTS = GOOD.parsed.written.map(({ value }) => value)

type Path = readonly (string | number)[]
type Mutation = { readonly title: string; readonly document: unknown }

const VALUES: readonly unknown[] = [
  ...[null, '', 'text', 'a b\n', '7', 0, 7, -1, 1.5, 1e300, true, false],
  ...[[], [null], ['text'], [7], [{}], [[]], {}, { a: null }, { a: 'b' }, { a: 7 }, { a: { b: [{}] } }],
]

function pathsIn(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const parts: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value)
  return [path, ...parts.flatMap(([key, part]) => pathsIn(part, [...path, key]))]
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by
  if (Array.isArray(value)) return value.with(Number(key), replaced(value[Number(key)], rest, by))
  if (!isRecord(value)) throw new Error('no such path')
  return { ...value, [key]: replaced(value[key], rest, by) }
}

/** The document with the value in place of each of its parts, each copy with its own name. */
function mutationsOf(document: unknown, value: unknown): readonly Mutation[] {
  return pathsIn(document).map((path, index) => {
    const isName = path.length < 2 || path.join('.') === 'metadata.name'
    const named = isName ? document : replaced(document, ['metadata', 'name'], `m-${index}`)
    return { title: `${path.join('.')} = ${JSON.stringify(value)}`, document: replaced(named, path, value) }
  })
}

function titleOf(document: unknown): string {
  const { kind, metadata } = isRecord(document) ? document : {}
  return `${kind} ${isRecord(metadata) ? `${metadata.namespace ?? 'default'}/${metadata.name}` : ''}`
}

const translate = createTranslator()

/** Runs the stages of `run`, `up` and `validate` on the items of a folder. */
function runStages({ snapshot, manifests, entries }: Assembly): DesiredFleet {
  const located = new Map([...entries].map(([key, { where }]) => [key, where]))
  const fleet = translate(overlay(snapshot, simulatePods(manifests, located)))
  statuses({ snapshot, fleet, proxies: new Map(), rejected: new Map() })
  return fleet
}

/** The config of the witness on the proxies, and its verdict. */
function witnessOf({ proxies, verdicts }: DesiredFleet): unknown {
  const proxy = proxies.get('witness/proxy')
  const isOfWitness = (name: string) => name.includes('/witness/')
  const objects = Object.values(proxy?.config ?? {}).flatMap(all => [...all].filter(([name]) => isOfWitness(name)))
  return [objects, [...verdicts].filter(([key]) => key.includes('/witness/'))]
}

const fileOf = (items: readonly Item[]) => ({ path: 'mesh.yaml', items, problems: [], isMissing: false })
const BASE = assemble([fileOf(GOOD.items)], EMPTY_ASSEMBLY)
const WITNESS = witnessOf(runStages(BASE))

const MUTATED = DOCUMENTS.map((document, index) => ({ title: titleOf(document), document, index })).filter(
  ({ title }) => !title.includes(' witness/'),
)

it('starts with a valid mesh', () => {
  const { findings } = validateFiles([{ path: 'mesh.yaml', text: TEXT }], { validate, translate: createTranslator() })
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
  expect([...BASE.problems, ...BASE.rejected]).toEqual([])
  expect(WITNESS).toMatchObject([{ length: 5 }, { length: 2 }])
})

const KEYS = GOOD.items.map(({ admission }) => (admission.tag === 'object' ? admission.key : ''))

describe('in a folder', () => {
  it.each(MUTATED)('$title', ({ document, index }) => {
    for (const value of VALUES) {
      const mutated = mutationsOf(document, value).map(({ title, document }) => ({
        title,
        admission: admit(document, validate),
      }))
      const items = mutated.flatMap(({ title, admission }) =>
        admission.tag === 'foreign' ? [] : [{ where: title, admission }],
      )
      const fresh = assemble([fileOf([...GOOD.items, ...items])], EMPTY_ASSEMBLY)
      expect(witnessOf(runStages(fresh))).toEqual(WITNESS)
      // Each is reported individually, with its location, and all others are unaffected.
      const reported = new Set(fresh.problems.map(({ where }) => where))
      const isReported = ({ where, admission }: Item) =>
        reported.has(where) || (admission.tag === 'object' && fresh.rejected.has(admission.resource ?? 'Rule//'))
      expect(items.filter(isWrong).filter(item => !isReported(item))).toEqual([])
      expect([...reported].filter(where => !items.some(item => item.where === where))).toEqual([])
      for (const key of KEYS) expect(fresh.entries.get(key)?.newest).toBe(BASE.entries.get(key)?.newest)
    }
    expect(GOOD.items[index]?.admission.tag).toBe('object')
  })

  it.each(MUTATED)('$title keeps its last valid version if its latest text is invalid', ({ document, index }) => {
    const where = GOOD.items[index]?.where ?? ''
    for (const path of pathsIn(document)) {
      const admission = admit(replaced(document, path, [null]), validate)
      if (admission.tag === 'foreign' || keyOf(admission) !== KEYS[index] || !isWrong({ where, admission })) continue
      expect(assemble([fileOf(GOOD.items.with(index, { where, admission }))], BASE).snapshot).toBe(BASE.snapshot)
    }
  })
})

function isWrong({ admission }: Item): boolean {
  return admission.tag === 'refused' || admission.findings.length > 0
}

function keyOf(admission: Item['admission']): string {
  return admission.tag === 'object' ? admission.key : ''
}

/** Here, an API server treats a null as an empty text. */
const isOfTexts = (path: Path) =>
  path.some(step => ['labels', 'annotations', 'selector', 'nodeSelector', 'matchLabels'].includes(String(step)))

describe('a null counts as a missing field', () => {
  it.each(MUTATED)('$title', ({ document }) => {
    const fields = pathsIn(document).filter(path => typeof path.at(-1) === 'string' && !isOfTexts(path.slice(0, -1)))
    for (const path of fields) {
      const given = replaced(document, path, null)
      const left = without(document, path)
      const [isGood, wasGood] = [given, left].map(one => {
        const admission = admit(one, validate)
        return admission.tag === 'foreign' || !isWrong({ where: '', admission })
      })
      expect([path.join('.'), isGood]).toEqual([path.join('.'), wasGood])
    }
  })
})

function without(value: unknown, [key, ...rest]: Path): unknown {
  if (Array.isArray(value)) return value.with(Number(key), without(value[Number(key)], rest))
  if (!isRecord(value) || key === undefined) throw new Error('no such path')
  if (rest.length > 0) return { ...value, [key]: without(value[key], rest) }
  const { [key]: _, ...others } = value
  return others
}

const FIELD_OF: Readonly<Record<string, keyof Snapshot>> = {
  VirtualService: 'virtualServices',
  Target: 'targets',
  Rule: 'rules',
  Route: 'routes',
  Pod: 'pods',
  Service: 'services',
  EndpointSlice: 'endpointSlices',
}

function fieldOf(document: unknown): keyof Snapshot | undefined {
  return isRecord(document) ? FIELD_OF[String(document.kind)] : undefined
}

/** The documents as returned by an API server, which cannot store objects without a name. */
function rawOf(document: unknown): RawObject | undefined {
  if (!isRecord(document) || !isRecord(document.metadata)) return undefined
  const { apiVersion: _a, kind: _k, ...rest } = document
  try {
    return parseObject({ ...rest, metadata: { uid: 'u', resourceVersion: '1', ...document.metadata } })
  } catch {
    return undefined
  }
}

function objectsOf(documents: readonly unknown[]): ReadObjects {
  const of = (field: keyof Snapshot) =>
    documents.flatMap(document => (fieldOf(document) === field ? (rawOf(document) ?? []) : []))
  return Object.fromEntries(SNAPSHOT_FIELDS.map(field => [field, of(field)])) as unknown as ReadObjects
}

describe('in a cluster', () => {
  const base = understand(objectsOf(DOCUMENTS))
  const witness = witnessOf(translate(base.snapshot))

  it('equals the mesh of the folder', () => {
    expect(base.warnings).toEqual([])
    expect(Object.keys(KINDS).map(field => base.snapshot[field as keyof Snapshot].size)).toEqual(
      Object.keys(KINDS).map(field => DOCUMENTS.filter(document => fieldOf(document) === field).length),
    )
  })

  it.each(MUTATED.filter(({ document }) => fieldOf(document) !== undefined))('$title', ({ document }) => {
    const field = fieldOf(document) ?? 'pods'
    for (const value of VALUES) {
      const mutated = mutationsOf(document, value)
        .map(({ document }) => document)
        .filter(one => fieldOf(one) === field && rawOf(one))
      const is = understand(objectsOf([...DOCUMENTS, ...mutated]))
      expect(witnessOf(translate(is.snapshot))).toEqual(witness)
      // Everything that is not used is reported.
      const reported = new Set([...is.warnings.map(({ where }) => where), ...is.rejected.keys()])
      const names = mutated.flatMap(one => rawOf(one) ?? []).map(nameOf)
      const left = names.filter(name => !(is.snapshot[field] as ReadonlyMap<string, unknown>).has(name))
      expect(left.filter(name => ![...reported].some(where => where.endsWith(`/${name}`)))).toEqual([])
    }
  })
})
