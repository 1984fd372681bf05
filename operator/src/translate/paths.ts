/**
 * Paths into the metadata of a session, as rules name them, and what is known of the values there. The proxy splits a
 * path at `/` and takes every part as it stands: there are no escapes, and an empty part ends the path.
 */

/** The parts of a path; undefined where the proxy would not get to where it points. */
export function pathParts(path: unknown): readonly string[] | undefined {
  if (typeof path !== 'string' || !path.startsWith('/')) return undefined
  const parts = path.slice(1).split('/')
  return parts.every(part => part !== '' && !UNSAFE_PARTS.has(part)) ? parts : undefined
}

const UNSAFE_PARTS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** What a session has at a path: fixed by the protocols, or unknown. */
export type ValueType = 'string' | 'number' | 'object' | 'unknown'

export function typeAt(parts: readonly string[]): ValueType {
  const path = `/${parts.join('/')}`
  return TYPES.find(([pattern]) => pattern.test(path))?.[1] ?? 'unknown'
}

const TYPES: readonly (readonly [RegExp, ValueType])[] = [
  [/^\/(UDP|TCP)\/(src|dst)_port$/, 'number'],
  [/^\/IP\/(src|dst)_addr$/, 'string'],
  [/^\/HTTP\/(version|method)$/, 'string'],
  [/^\/HTTP\/headers\/[^/]+$/, 'string'],
  [/^\/HTTP\/url\/(url|href|path|pathname|query|host|hostname|hash|search|protocol)$/, 'string'],
  [/^\/(IP|UDP|TCP|UNIX|HTTP|JSONSocket|HTTP\/headers|HTTP\/url)$/, 'object'],
]
