/** Third step of the validator: evaluates the CEL rules of the CRDs. */
import { Environment } from '@marcbachmann/cel-js'
import { isRecord, type JsonRecord, own } from './conform.ts'
import type { CelRule, Schema } from './crd.ts'
import type { Finding } from './finding.ts'
import { item, member } from './path.ts'

type Holds = (self: unknown) => boolean

export type RuleChecker = {
  /** Returns the findings on a value that has passed through `conform`. */
  check(schema: Schema, value: unknown, path: string): readonly Finding[]
}

/** Creates a checker that parses each rule once, on first use. */
export function ruleChecker(): RuleChecker {
  const environment = new Environment().registerVariable('self', 'map')
  const parsed = new Map<string, Holds>()
  const ruled = new Map<Schema, boolean>()

  const parse = ({ rule }: CelRule): Holds => {
    const known = parsed.get(rule)
    if (known !== undefined) return known
    const program = environment.parse(rule)
    const holds: Holds = self => program({ self }) === true
    parsed.set(rule, holds)
    return holds
  }
  /** Whether the schema or a part of it has a rule; other parts are skipped. */
  const hasRules = (schema: Schema): boolean => {
    const known = ruled.get(schema)
    if (known !== undefined) return known
    const found = schema['x-kubernetes-validations'] !== undefined || children(schema).some(hasRules)
    ruled.set(schema, found)
    return found
  }
  const check = (schema: Schema, value: unknown, path: string): readonly Finding[] => {
    if (!hasRules(schema)) return []
    const { items } = schema
    if (Array.isArray(value) && items !== undefined) {
      return value.flatMap((entry, index) => check(items, entry, item(path, index)))
    }
    if (schema.type !== 'object' || !isRecord(value)) return []
    const broken = (schema['x-kubernetes-validations'] ?? []).filter(rule => !parse(rule)(value))
    const below = Object.entries(value).flatMap(([key, entry]) => {
      const field = own(schema.properties, key)
      return field === undefined ? [] : check(field, entry, member(path, key))
    })
    return [...broken.map(rule => toFinding(rule, value, path)), ...below]
  }
  return { check }
}

const children = (schema: Schema): readonly Schema[] => [
  ...Object.values(schema.properties ?? {}),
  ...(schema.items === undefined ? [] : [schema.items]),
]

/** All rules of these CRDs are about which fields are set, so the message lists these. */
function toFinding({ message }: CelRule, value: JsonRecord, path: string): Finding {
  const given = Object.keys(value)
  const summary = given.length === 0 ? 'nothing is set' : `${list(given)} ${given.length === 1 ? 'is' : 'are'} set`
  return { kind: 'Rule', path, message: summary, help: message }
}

const list = (words: readonly string[]): string =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
