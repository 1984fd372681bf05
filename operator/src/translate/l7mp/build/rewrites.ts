/** Rewrites: what a rule changes in the metadata of a session before it is routed. */
import type { Rewrite as RewriteResource } from '@l7mesh/crds'
import type { Json, Rewrite } from '@l7mesh/proxy-client'
import { type Path, parsePath, pathNote, settingProblem, typeAt } from '../../predicates/paths.ts'
import type { ProblemCollector } from '../../problems.ts'
import { isTooDeep } from '../fields/json.ts'
import { inside, type Scope } from './scope.ts'

/** All of them, or undefined where one cannot be done: a session half rewritten is not what was asked for. */
export function buildRewrites(rewrites: readonly RewriteResource[], scope: Scope): readonly Rewrite[] | undefined {
  const built: Rewrite[] = []
  for (const [i, rewrite] of rewrites.entries()) {
    const one = buildRewrite(rewrite, built, inside(scope, i))
    if (one !== undefined) built.push(one)
  }
  return built.length < rewrites.length ? undefined : built
}

function buildRewrite(
  { path, value, valueStr }: RewriteResource,
  before: readonly Rewrite[],
  { problems }: Scope,
): Rewrite | undefined {
  if ((value === undefined) === (valueStr === undefined))
    return problems.add('Invalid', 'There must be exactly one of `value` (an object) and `valueStr` (text).')
  const field = problems.at(value === undefined ? 'valueStr' : 'value')
  const json = value ?? fromText(valueStr, field)
  if (json === undefined) return undefined
  if (isTooDeep(json)) return field.add('Invalid', 'The value is nested too deep for the proxy.')
  const target = targetOf(path, before, problems.at('path'))
  return target === undefined ? undefined : { path: target, value: json }
}

/**
 * Text is itself, as the original operator passed it on, but for JSON objects and lists, which nobody means as text. What
 * else looks like JSON may have been meant as such, so a note says what became of it.
 */
function fromText(text: unknown, problems: ProblemCollector): Json | undefined {
  if (typeof text !== 'string') return problems.add('Invalid', 'This is not a string: an object goes into `value`.')
  const json = parseJson(text)
  if (typeof json === 'object' && json !== null) return json
  if (json !== undefined) problems.note(scalarNote(json))
  else if (/^\s*[{[]/.test(text)) problems.note('looks like JSON but does not parse: it is taken as text')
  return text
}

/** The text itself may be a secret, and is not quoted. */
function scalarNote(json: Json): string {
  if (typeof json === 'string') return 'is taken as text, quotes included; remove them if they are not part of it'
  const type = json === null ? 'null' : `a ${typeof json}`
  return `is taken as text; for ${type}, set the object that contains it with \`value\``
}

function targetOf(text: unknown, before: readonly Rewrite[], problems: ProblemCollector): string | undefined {
  const parsed = parsePath(text)
  if (parsed.problem !== undefined)
    return problems.add('Invalid', `A path is like /labels/user; here, ${parsed.problem}.`)
  const problem = settingProblem(parsed.parts) ?? scalarProblem(parsed, before)
  if (problem !== undefined) return problems.add('Invalid', problem)
  const note = pathNote(parsed)
  if (note !== undefined) problems.note(note)
  return parsed.path
}

function scalarProblem({ parts }: Path, before: readonly Rewrite[]): string | undefined {
  const above = parts.slice(1).map((_, i) => parts.slice(0, i + 1))
  const scalar = above.find(prefix => isScalar(prefix, before))
  return scalar && `There is no object at /${scalar.join('/')} to set something in.`
}

function isScalar(parts: readonly string[], before: readonly Rewrite[]): boolean {
  const path = `/${parts.join('/')}`
  const set = before.findLast(rewrite => rewrite.path === path)
  if (set !== undefined) return typeof set.value !== 'object' || set.value === null
  const type = typeAt(parts)
  return type === 'string' || type === 'number'
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON: the caller reports it.
    return undefined
  }
}

const HEADERS = '/HTTP/headers'

/**
 * The proxy opens a WebSocket with all headers of the session, among them the client's host and handshake key, and so
 * fails. They are dropped first; what the rule itself sets comes after.
 */
export function withoutClientHeaders(rewrites: readonly Rewrite[]): readonly Rewrite[] {
  return rewrites.some(({ path }) => path === HEADERS || path === '/HTTP')
    ? rewrites
    : [{ path: HEADERS, value: {} }, ...rewrites]
}
