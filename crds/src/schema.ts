/**
 * Second step of the validator: checks types, required fields and bounds. Traverses the value along its schema, like
 * the steps before and after it (docs/adr/0012).
 */
import { isRecord, type JsonRecord, own } from './conform.ts'
import type { Schema } from './crd.ts'
import type { Finding } from './finding.ts'
import { nearest } from './nearest.ts'
import { item, member } from './path.ts'

/**
 * Returns the findings on a value that has passed through `conform`. A value of the wrong type is not checked further.
 */
export function check(schema: Schema, value: unknown, path: string): readonly Finding[] {
  switch (schema.type) {
    case 'object':
      return isRecord(value) ? object(schema, value, path) : [wrongType(schema, value, path)]
    case 'array':
      return Array.isArray(value) ? list(schema, value, path) : [wrongType(schema, value, path)]
    case 'integer':
      return Number.isInteger(value) ? bounds(schema, Number(value), path) : [wrongType(schema, value, path)]
    case 'string':
      return typeof value === 'string' ? choice(schema, value, path) : [wrongType(schema, value, path)]
    case 'boolean':
      return typeof value === 'boolean' ? [] : [wrongType(schema, value, path)]
  }
}

function object(schema: Schema, value: JsonRecord, path: string): readonly Finding[] {
  const missing = (schema.required ?? []).filter(field => own(value, field) === undefined)
  const below = Object.entries(value).flatMap(([key, entry]) => {
    const field = own(schema.properties, key) ?? schema.additionalProperties
    return field === undefined ? [] : check(field, entry, member(path, key))
  })
  return [...missing.map(field => required(schema, field, path)), ...below]
}

function list({ items, maxItems = Number.POSITIVE_INFINITY }: Schema, value: readonly unknown[], path: string) {
  const below = items === undefined ? [] : value.flatMap((entry, index) => check(items, entry, item(path, index)))
  return value.length > maxItems ? [tooMany(maxItems, path), ...below] : below
}

/** Go parses an integer into 64 bits. */
const LARGEST_INTEGER = 2 ** 63

function bounds({ minimum = -LARGEST_INTEGER, maximum = LARGEST_INTEGER }: Schema, value: number, path: string) {
  return value < minimum || value > maximum ? [outOfRange(value, minimum, maximum, path)] : []
}

const choice = ({ enum: choices }: Schema, value: string, path: string): readonly Finding[] =>
  choices === undefined || choices.includes(value) ? [] : [notOneOf(value, choices, path)]

function required(schema: Schema, field: string, path: string): Finding {
  const about = firstSentence(schema.properties?.[field]?.description)
  return {
    kind: 'Required',
    path: member(path, field),
    message: 'the field is missing',
    help: about === '' ? `set ${field}` : `set ${field}: ${lowerFirst(about)}`,
  }
}

const firstSentence = (description = ''): string => description.split(/\.(?: |$)/)[0] ?? ''

function wrongType({ type }: Schema, value: unknown, path: string): Finding {
  return {
    kind: 'WrongType',
    path,
    message: value === null ? 'the value is null' : `${show(value)} is ${typeName(value)}, not ${EXPECTED[type]}`,
    help: typeHelp(type, value),
  }
}

const EXPECTED: Readonly<Record<Schema['type'], string>> = {
  object: 'an object',
  array: 'a list',
  string: 'a string',
  integer: 'a whole number',
  boolean: 'true or false',
}

function typeHelp(expected: Schema['type'], value: unknown): string {
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean'))
    return `put it in quotes: "${value}"`
  if (expected === 'integer' && typeof value === 'string' && /^-?\d{1,18}$/.test(value))
    return `remove the quotes: ${value}`
  if (expected === 'boolean' && (value === 'true' || value === 'false')) return `remove the quotes: ${value}`
  if (expected === 'array') return 'start each item with "- "'
  return `write ${EXPECTED[expected]}`
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function notOneOf(value: string, choices: readonly string[], path: string): Finding {
  const meant = nearest(value, choices)
  // Alternative spellings of a value are accepted, but not suggested.
  const advised = choices.filter((choice, index) => !choices.slice(0, index).some(one => isSameWord(one, choice)))
  const help = `use ${advised.slice(0, -1).join(', ')} or ${advised.at(-1)}`
  return {
    kind: 'NotOneOf',
    path,
    message: `${show(value)} is not a valid value here`,
    help: meant === undefined ? help : `did you mean ${meant}? ${help}`,
  }
}

const isSameWord = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

const tooMany = (maxItems: number, path: string): Finding => ({
  kind: 'TooMany',
  path,
  message: 'the list is too long',
  help: `use at most ${maxItems} items`,
})

const outOfRange = (value: number, minimum: number, maximum: number, path: string): Finding => ({
  kind: 'OutOfRange',
  path,
  message: `${show(value)} is ${value < minimum ? 'too small' : 'too large'}`,
  help: `use a number from ${minimum} to ${maximum}`,
})

/** Formats a value for a message, in short form. */
function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (Array.isArray(value)) return 'the value'
  return typeof value === 'object' ? 'the value' : String(value)
}

const lowerFirst = (sentence: string): string => {
  const [first = '', second = ''] = sentence
  return second === second.toLowerCase() ? first.toLowerCase() + sentence.slice(1) : sentence
}
