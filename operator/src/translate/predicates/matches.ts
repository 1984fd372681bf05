/**
 * Compiles the predicates of rules. An operation that the proxy evaluates incorrectly, or crashes on, is replaced by an
 * equivalent one (`starts`, `ends`, `contains`, `cidr`) or is a problem: the proxy itself would accept it and never match.
 */
import { nearest } from '@l7mesh/crds'
import type { Json, JsonObject } from '@l7mesh/proxy-client'
import type { ProblemCollector } from '../problems.ts'
import { ADDRESS_PATTERNS, forBothForms, shownForms } from './address-forms.ts'
import { cidrPattern } from './cidr.ts'
import { isAddressAt, parsePath, pathNote, typeAt, type ValueType } from './paths.ts'
import { escapeRegex, regexProblem } from './regexes.ts'

/** Limit of nesting: the proxy evaluates predicates recursively. */
const MAX_DEPTH = 50

type Match = 'always' | JsonObject

/** The match for the proxy; undefined, with a problem, if the proxy cannot evaluate it. */
export function compileMatch(match: JsonObject | undefined, problems: ProblemCollector): Match | undefined {
  if (match === undefined || Object.keys(match).length === 0) return 'always'
  if (match.match === '*' || match.op === undefined)
    return invalid(problems, 'has no `op`: add one, or omit `match` to match every session')
  return predicate(match, { problems, prefix: [], depth: 0 })
}

type Place = { readonly problems: ProblemCollector; readonly prefix: readonly string[]; readonly depth: number }
/** The operand of a predicate: the path as given, and what is known about the value there. */
type Subject = { readonly path: string; readonly type: ValueType; readonly isAddress: boolean }

function predicate(given: Json, place: Place): JsonObject | undefined {
  const { problems } = place
  if (!isObject(given)) return invalid(problems, 'is not an object like {op: test, path: /HTTP/method, value: GET}')
  if (place.depth > MAX_DEPTH) return invalid(problems, `is nested more than ${MAX_DEPTH} levels deep`)
  const { op } = given
  const isCombination = op === 'and' || op === 'or' || op === 'not'
  if (!isCombination && (typeof op !== 'string' || !Object.hasOwn(OPS, op)))
    return invalid(problems, `has an unknown \`op\` ${JSON.stringify(op)}; the valid ones are ${ALL_OPS}`)
  const strange = unknownField(given, isCombination ? COMBINATION_FIELDS : FIELDS)
  if (strange !== undefined) return invalid(problems, strange)
  if (isCombination) return combination(given, place)
  const parts = partsOf(given.path, problems)
  if (parts === undefined) return undefined
  const whole = [...place.prefix, ...parts]
  const subject = { path: `/${parts.join('/')}`, type: typeAt(whole), isAddress: isAddressAt(whole) }
  return OPS[op]?.(given, subject, problems)
}

/** The proxy itself would ignore the first part of a path without a leading slash, which is never intended. */
function partsOf(path: Json | undefined, problems: ProblemCollector): readonly string[] | undefined {
  const parsed = parsePath(path)
  if (parsed.problem !== undefined)
    return invalid(problems, `has an invalid \`path\`: ${parsed.problem}; write a path like /IP/src_addr`)
  if (path !== parsed.path && path !== `${parsed.path}/`) problems.at('path').note(`is read as ${parsed.path}`)
  const note = pathNote(parsed)
  if (note !== undefined) problems.at('path').note(note)
  return parsed.parts
}

const FIELDS = ['op', 'path', 'value', 'ignore_case']
const COMBINATION_FIELDS = ['op', 'path', 'apply']

/** The proxy ignores unknown fields, and the match would then match more than intended. */
function unknownField(given: JsonObject, fields: readonly string[]): string | undefined {
  const name = Object.keys(given).find(key => !fields.includes(key))
  if (name === undefined) return undefined
  const meant = nearest(name, fields)
  const help = meant === undefined ? `\`${given.op}\` takes ${fields.join(', ')}` : `write \`${meant}\``
  return `has an unknown field \`${name}\`: ${help}`
}

function combination(given: JsonObject, place: Place): JsonObject | undefined {
  const { op = '', apply, path } = given
  const { problems } = place
  const prefix = path === undefined ? [] : partsOf(path, problems)
  if (prefix === undefined) return undefined
  if (!Array.isArray(apply) || apply.length === 0)
    return invalid(problems, 'requires at least one predicate in `apply`: without any, it would match everything')
  const parts = apply.map((part, i) =>
    predicate(part, {
      problems: problems.at('apply').at(i),
      prefix: [...place.prefix, ...prefix],
      depth: place.depth + 1,
    }),
  )
  const known = parts.filter(part => part !== undefined)
  if (known.length < parts.length) return undefined
  return { op, ...(path === undefined ? {} : { path: `/${prefix.join('/')}` }), apply: known }
}

type Op = (given: JsonObject, subject: Subject, problems: ProblemCollector) => JsonObject | undefined

const OPS: { readonly [op: string]: Op } = {
  defined: (_given, { path }) => ({ op: 'defined', path }),
  undefined: (_given, { path }) => ({ op: 'undefined', path }),
  test: valued(testing),
  in: (given, subject, problems) => {
    if (!Array.isArray(given.value)) return invalid(problems, 'requires a list in `value`')
    if (subject.isAddress) return oneOfAddresses(given.value, subject, problems)
    return { op: 'in', path: subject.path, value: given.value, ...caseOf(given) }
  },
  more: numeric('more'),
  less: numeric('less'),
  starts: textual(text => `^${escapeRegex(text)}`, ADDRESS_PATTERNS.starts),
  ends: textual(text => `${escapeRegex(text)}$`, ADDRESS_PATTERNS.ends),
  contains: valued(contains),
  matches: matching,
  type: (given, { path }, problems) =>
    typeof given.value === 'string' && TYPE_NAMES.has(given.value)
      ? { op: 'type', path, value: given.value }
      : invalid(problems, `requires one of ${[...TYPE_NAMES].join(', ')} in \`value\``),
  contained: ofList(
    valued((given, { path }) => ({ op: 'contained', path, value: given.value ?? null, ...caseOf(given) })),
  ),
  intersects: ofList((given, { path }, problems) =>
    Array.isArray(given.value)
      ? { op: 'intersects', path, value: given.value, ...caseOf(given) }
      : invalid(problems, 'requires a list in `value`'),
  ),
  cidr,
}

const ALL_OPS = [...Object.keys(OPS), 'and', 'or', 'not'].join(', ')
const TYPE_NAMES: ReadonlySet<string> = new Set(
  'string number boolean object array null date time date-time lang lang-range iri absolute-iri'.split(' '),
)

function testing(given: JsonObject, subject: Subject, problems: ProblemCollector): JsonObject | undefined {
  const { path, type, isAddress } = subject
  const { value = null } = given
  if (isAddress) return oneOfAddresses([value], subject, problems)
  return type === 'number' && typeof value !== 'number'
    ? invalid(problems, `compares ${path}, a number, with a value of another type: write a number without quotes`)
    : { op: 'test', path, value, ...caseOf(given) }
}

/** Addresses are compared by value, whatever their notation, and whatever form the proxy uses. */
function oneOfAddresses(
  values: readonly Json[],
  { path }: Subject,
  problems: ProblemCollector,
): JsonObject | undefined {
  const forms = values.map(value => (typeof value === 'string' ? shownForms(value) : undefined))
  const odd = values[forms.indexOf(undefined)]
  if (odd === undefined) return { op: 'in', path, value: forms.flatMap(known => known ?? []) }
  return invalid(
    problems,
    typeof odd === 'string' && odd.includes('/')
      ? `compares ${path}, an address, with the range ${shown(odd)}: use the op \`cidr\``
      : `compares ${path}, an address, with ${shown(odd)}, which is not an address: write an address like 10.0.0.1`,
  )
}

function shown(value: Json): string {
  const text = JSON.stringify(value)
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}

const MAX_SHOWN = 60

function valued(op: Op): Op {
  return (given, subject, problems) =>
    given.value === undefined ? invalid(problems, 'requires a `value`') : op(given, subject, problems)
}

/** The proxy evaluates these for lists only, and never matches other values. */
function ofList(op: Op): Op {
  return (given, subject, problems) => {
    if (subject.type === 'unknown') return op(given, subject, problems)
    return invalid(problems, `requires a list, and ${subject.path} is not a list: use \`in\` with a list, or \`test\``)
  }
}

function numeric(op: 'more' | 'less'): Op {
  return (given, { path, type }, problems) => {
    if (typeof given.value !== 'number') return invalid(problems, 'requires a number in `value`')
    if (type === 'string' || type === 'object') return invalid(problems, `compares ${path}, which is not a number`)
    return { op, path, value: given.value }
  }
}

/** The proxy's own `starts` throws if the value is not a string, and its `ends` confuses some strings. */
function textual(pattern: (text: string) => string, ofAddress: typeof pattern): Op {
  return (given, { path, type, isAddress }, problems) => {
    if (typeof given.value !== 'string') return invalid(problems, 'requires a string in `value`')
    if (type === 'number' || type === 'object') return invalid(problems, `searches ${path}, which is not a string`)
    return { op: 'matches', path, value: (isAddress ? ofAddress : pattern)(given.value), ...caseOf(given) }
  }
}

/** The proxy's own `contains` throws if the value is neither a string nor a list. */
function contains(
  given: JsonObject,
  { path, type, isAddress }: Subject,
  problems: ProblemCollector,
): JsonObject | undefined {
  const { value = null } = given
  if (type === 'number' || type === 'object')
    return invalid(problems, `searches ${path}, which is neither a string nor a list`)
  const inList = { op: 'contained', path, value, ...caseOf(given) }
  if (typeof value !== 'string') return inList
  const pattern = isAddress ? ADDRESS_PATTERNS.contains(value) : escapeRegex(value)
  const inText = { op: 'matches', path, value: pattern, ...caseOf(given) }
  return type === 'string' ? inText : { op: 'or', apply: [inText, inList] }
}

function matching(
  given: JsonObject,
  { path, type, isAddress }: Subject,
  problems: ProblemCollector,
): JsonObject | undefined {
  if (typeof given.value !== 'string')
    return invalid(problems, 'requires a regular expression, as a string, in `value`')
  if (type === 'number' || type === 'object') return invalid(problems, `searches ${path}, which is not a string`)
  const problem = regexProblem(given.value)
  if (problem !== undefined) return invalid(problems, `has a regular expression that ${problem}`)
  return { op: 'matches', path, value: isAddress ? forBothForms(given.value) : given.value, ...caseOf(given) }
}

function cidr(given: JsonObject, { path, type }: Subject, problems: ProblemCollector): JsonObject | undefined {
  const ranges = typeof given.value === 'string' ? [given.value] : given.value
  if (!Array.isArray(ranges) || ranges.length === 0 || !ranges.every(range => typeof range === 'string'))
    return invalid(problems, 'requires an address range like 10.0.0.0/8, or a list of them, in `value`')
  if (type === 'number' || type === 'object')
    return invalid(problems, `compares ${path}, which is not an address, with an address range`)
  const pattern = cidrPattern(ranges)
  if (pattern === undefined) return invalid(problems, 'has a range that is not IPv4: write one like 10.0.0.0/8')
  return { op: 'matches', path, value: pattern }
}

function caseOf(given: JsonObject): { readonly ignore_case?: true } {
  return given.ignore_case === true ? { ignore_case: true } : {}
}

function invalid(problems: ProblemCollector, what: string): undefined {
  return problems.add('InvalidMatch', `The predicate ${what}.`)
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
