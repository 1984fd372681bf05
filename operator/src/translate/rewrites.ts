/** Rewrites: what a rule changes in the metadata of a session before it is routed. */
import type { Rewrite as RewriteResource } from '@l7mesh/crds'
import type { Json, Rewrite } from '@l7mesh/proxy-client'
import { pathParts, typeAt } from './paths.ts'
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
  { findings }: Scope,
): Rewrite | undefined {
  if ((value === undefined) === (valueStr === undefined))
    return findings.problem('Invalid', 'There must be exactly one of `value` (an object) and `valueStr` (JSON text).')
  const json = value ?? parseJson(valueStr)
  if (json === undefined)
    return findings
      .at('valueStr')
      .problem('Invalid', 'This is not JSON text. A string has quotes of its own: \'"text"\'.')
  const problem = pathProblem(path, before)
  return problem === undefined ? { path, value: json } : findings.at('path').problem('Invalid', problem)
}

function pathProblem(path: unknown, before: readonly Rewrite[]): string | undefined {
  const parts = pathParts(path)
  if (parts === undefined) return 'A path is like /labels/user: parts that are not empty, each after a slash.'
  // The proxy reads the number at the front of such a part, and nothing else of it.
  const odd = parts.find(part => /^\s*[+-]?\d/.test(part) && !/^(0|[1-9]\d*)$/.test(part))
  if (odd !== undefined) return `The proxy takes "${odd}" for a number: let it start with a letter.`
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

function parseJson(text: unknown): Json | undefined {
  if (typeof text !== 'string') return undefined
  try {
    return JSON.parse(text)
  } catch {
    // That it is no JSON is all there is to know; the caller says so.
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
