/**
 * Second step of the validator: types, required fields and bounds. A structural schema becomes a JSON schema for ajv, and
 * what ajv finds becomes findings.
 */
import { Ajv, type ErrorObject } from 'ajv'
import type { Schema } from './crd.ts'
import type { Finding } from './finding.ts'
import { nearest } from './nearest.ts'
import { fromPointer, member } from './path.ts'

/** Go reads an integer into 64 bits. */
const LARGEST_INTEGER = 2 ** 63

/**
 * For schemas that are ours, compiled while somebody waits: checking them and polishing the code takes ajv as long as all
 * else, and documents are not checked any faster for it.
 */
const IN_A_HURRY = { validateSchema: false, meta: false, code: { optimize: false } } as const

/** Compiles a schema into a function that tells what is wrong with a value. Compiling takes some ten milliseconds. */
export function compileSchema(schema: Schema): (value: unknown) => readonly Finding[] {
  const ajv = new Ajv({ ...IN_A_HURRY, allErrors: true, verbose: true, strict: true })
  const check = ajv.compile(translate(schema))
  return value => (check(value) ? [] : (check.errors ?? []).map(toFinding))
}

/** The keywords that ajv shares with structural schemas. A shape that is used again is compiled once. */
function translate(root: Schema): object {
  const names = new Map<Schema, string>()
  const definitions: Record<string, object> = {}
  const visit = (schema: Schema): object => {
    if (schema.properties === undefined) return plain(schema)
    const known = names.get(schema)
    const name = known ?? `shape${names.size}`
    if (known === undefined) {
      names.set(schema, name)
      definitions[name] = plain(schema)
    }
    return { $ref: `#/$defs/${name}` }
  }
  const plain = (schema: Schema): object => ({
    type: schema.type,
    ...(schema.description !== undefined && { description: schema.description }),
    ...(schema.required !== undefined && { required: schema.required }),
    ...(schema.enum !== undefined && { enum: schema.enum }),
    ...(schema.type === 'integer' && {
      minimum: schema.minimum ?? -LARGEST_INTEGER,
      maximum: schema.maximum ?? LARGEST_INTEGER,
    }),
    ...(schema.maxItems !== undefined && { maxItems: schema.maxItems }),
    ...(schema.items !== undefined && { items: visit(schema.items) }),
    ...(schema.additionalProperties !== undefined && { additionalProperties: visit(schema.additionalProperties) }),
    ...(schema.properties !== undefined && {
      properties: Object.fromEntries(Object.entries(schema.properties).map(([key, value]) => [key, visit(value)])),
    }),
  })
  return { ...visit(root), $defs: definitions }
}

function toFinding(error: ErrorObject): Finding {
  const path = fromPointer(error.instancePath)
  switch (error.keyword) {
    case 'required':
      return required(error, path)
    case 'type':
      return wrongType(error, path)
    case 'enum':
      return notOneOf(error, path)
    case 'maxItems':
      return { kind: 'TooMany', path, message: 'the list is too long', help: `give at most ${error.schema} items` }
    default:
      return outOfRange(error, path)
  }
}

function required(error: ErrorObject, path: string): Finding {
  const field = String(error.params.missingProperty)
  const about = descriptionOf(error, field)
  return {
    kind: 'Required',
    path: member(path, field),
    message: 'the field is missing',
    help: about === '' ? `give ${field}` : `give ${field}: ${lowerFirst(about)}`,
  }
}

/** The first sentence of what the schema says of the field. */
function descriptionOf(error: ErrorObject, field: string): string {
  const description: unknown = error.parentSchema?.properties?.[field]?.description
  return typeof description === 'string' ? (description.split(/\.(?: |$)/)[0] ?? '') : ''
}

function wrongType(error: ErrorObject, path: string): Finding {
  const wanted = String(error.schema)
  return {
    kind: 'WrongType',
    path,
    message:
      error.data === null
        ? 'there is nothing here'
        : `${show(error.data)} is ${typeName(error.data)}, not ${WANTED[wanted] ?? wanted}`,
    help: typeHelp(wanted, error.data),
  }
}

const WANTED: Readonly<Record<string, string>> = {
  object: 'an object',
  array: 'a list',
  string: 'a string',
  integer: 'a whole number',
  boolean: 'true or false',
}

function typeHelp(wanted: string, value: unknown): string {
  if (wanted === 'string' && (typeof value === 'number' || typeof value === 'boolean'))
    return `put it in quotes: "${value}"`
  if (wanted === 'integer' && typeof value === 'string' && /^-?\d{1,18}$/.test(value))
    return `leave out the quotes: ${value}`
  if (wanted === 'boolean' && (value === 'true' || value === 'false')) return `leave out the quotes: ${value}`
  if (wanted === 'array') return 'start each item with "- "'
  return `give ${WANTED[wanted] ?? wanted}`
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function notOneOf(error: ErrorObject, path: string): Finding {
  const choices: readonly string[] = Array.isArray(error.schema) ? error.schema.map(String) : []
  const meant = typeof error.data === 'string' ? nearest(error.data, choices) : undefined
  const help = `use ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`
  return {
    kind: 'NotOneOf',
    path,
    message: `${show(error.data)} is not one of the values that are possible here`,
    help: meant === undefined ? help : `did you mean ${meant}? ${help}`,
  }
}

const outOfRange = (error: ErrorObject, path: string): Finding => ({
  kind: 'OutOfRange',
  path,
  message: `${show(error.data)} is ${error.keyword === 'minimum' ? 'too small' : 'too large'}`,
  help: `give a number from ${error.parentSchema?.minimum} to ${error.parentSchema?.maximum}`,
})

/** A value as it is named in a message: short, whatever it is. */
function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (Array.isArray(value)) return 'the value'
  return typeof value === 'object' ? 'the value' : String(value)
}

const lowerFirst = (sentence: string): string => {
  const [first = '', second = ''] = sentence
  return second === second.toLowerCase() ? first.toLowerCase() + sentence.slice(1) : sentence
}
