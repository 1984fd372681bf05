/**
 * Paths into the metadata of a session, as rules name them, and what is known of the values there. The proxy splits a
 * path at `/` and takes every part as it stands: there are no escapes, and an empty part ends the path.
 */

/** A path as all functions of the proxy read it the same way: with a slash in front of every part, and none at the end. */
export type Path = { readonly path: string; readonly parts: readonly string[]; readonly problem?: undefined }

/**
 * The slash in front may be left out, as the proxy itself takes it for rewrites, keys and queries; one at the end says
 * nothing. Whatever else the proxy would not get to the end of is a problem, as a phrase: "it has an empty part".
 */
export function parsePath(text: unknown): Path | { readonly problem: string } {
  if (typeof text !== 'string') return { problem: 'it is not a string' }
  if (text === '') return { problem: 'it is empty' }
  if (text === ROOT) return { problem: 'it names no part of the session' }
  const parts = text.replace(/^\//, '').replace(/\/$/, '').split('/')
  if (parts.includes('')) return { problem: 'it has an empty part, and the proxy reads no further than that' }
  const unsafe = parts.find(part => UNSAFE_PARTS.has(part))
  return unsafe === undefined ? { path: `/${parts.join('/')}`, parts } : { problem: `it has the part "${unsafe}"` }
}

/** All of the metadata, where a path may name it. */
export const ROOT = '/'

const UNSAFE_PARTS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** What the proxy would not set where the path says: of such a part it reads the number in front, and nothing else. */
export function settingProblem(parts: readonly string[]): string | undefined {
  const odd = parts.find(part => /^\s*[+-]?\d/.test(part) && !/^(0|[1-9]\d*)$/.test(part))
  return odd === undefined ? undefined : `The proxy takes "${odd}" for a number: let it start with a letter.`
}

/** Something that is true and surprises, where there is any. */
export function pathNote({ parts }: Path): string | undefined {
  return parts.some(part => /~[01]/.test(part))
    ? 'the proxy knows no escapes: `~0` and `~1` stand for themselves'
    : undefined
}

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

/** Whether the address of a peer or of the proxy is there, also as another proxy has passed it on in a header. */
export function isAddressAt(parts: readonly string[]): boolean {
  return /^(?:JSONSocket\/(?:.*\/)?)?IP\/(?:src|dst)_addr$/.test(parts.join('/'))
}
