/** Rewrites: how a rule changes the metadata of a session before it is routed. */
import type { Rewrite as RewriteResource } from '@l7mesh/crds'
import type { Json, Rewrite } from '@l7mesh/proxy-client'
import { type Path, parsePath, pathNote, settingProblem, typeAt } from '../../predicates/paths.ts'
import type { ProblemCollector } from '../../problems.ts'
import { isTooDeep } from '../fields/json.ts'
import { inside, type Scope } from './scope.ts'

/** All rewrites, or undefined if one of them is invalid: a session must not be rewritten partly. */
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
    return problems.add('Invalid', 'Exactly one of `value` (an object) and `valueStr` (a string) must be set.')
  const field = problems.at(value === undefined ? 'valueStr' : 'value')
  const json = value ?? fromText(valueStr, field)
  if (json === undefined) return undefined
  if (isTooDeep(json)) return field.add('Invalid', 'The value is nested too deeply.')
  const target = targetOf(path, before, problems.at('path'))
  return target === undefined ? undefined : { path: target, value: json }
}

/**
 * JSON objects and lists are parsed; any other text is a string, as with the original operator. A note tells about other
 * text that looks like JSON.
 */
function fromText(text: unknown, problems: ProblemCollector): Json | undefined {
  if (typeof text !== 'string') return problems.add('Invalid', 'The value is not a string: use `value` for an object.')
  const json = parseJson(text)
  if (typeof json === 'object' && json !== null) return json
  if (json !== undefined) problems.note(scalarNote(json))
  else if (/^\s*[{[]/.test(text)) problems.note('looks like JSON but is not valid: it is used as a string')
  return text
}

/** The text itself may be a secret, and is not quoted. */
function scalarNote(json: Json): string {
  if (typeof json === 'string')
    return 'is used as a string, including its quotes: remove them if they are not part of it'
  const type = json === null ? 'null' : `a ${typeof json}`
  return `is used as a string: for ${type}, set the object that contains it, with \`value\``
}

function targetOf(text: unknown, before: readonly Rewrite[], problems: ProblemCollector): string | undefined {
  const parsed = parsePath(text)
  if (parsed.problem !== undefined)
    return problems.add('Invalid', `The path is invalid: ${parsed.problem}. Write a path like /labels/user.`)
  const problem = settingProblem(parsed.parts) ?? scalarProblem(parsed, before)
  if (problem !== undefined) return problems.add('Invalid', problem)
  const note = pathNote(parsed)
  if (note !== undefined) problems.note(note)
  return parsed.path
}

function scalarProblem({ parts }: Path, before: readonly Rewrite[]): string | undefined {
  const above = parts.slice(1).map((_, i) => parts.slice(0, i + 1))
  const scalar = above.find(prefix => isScalar(prefix, before))
  return scalar && `The value at /${scalar.join('/')} is not an object, so nothing can be set in it.`
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
 * The proxy opens a WebSocket with all headers of the session, including the host and handshake key of the client, which
 * fails. So the headers are dropped before the rewrites of the rule itself.
 */
export function withoutClientHeaders(rewrites: readonly Rewrite[]): readonly Rewrite[] {
  return rewrites.some(({ path }) => path === HEADERS || path === '/HTTP')
    ? rewrites
    : [{ path: HEADERS, value: {} }, ...rewrites]
}
