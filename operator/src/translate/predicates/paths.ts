/**
 * Paths in the metadata of a session, and what is known about the values there. The proxy splits a path at `/` and takes
 * every part literally: there are no escapes, and an empty part ends the path.
 */

/** A path in the form that all functions of the proxy read in the same way: a slash before each part, and none at the end. */
export type Path = { readonly path: string; readonly parts: readonly string[]; readonly problem?: undefined }

/**
 * The leading slash may be omitted, as in the proxy itself for rewrites, keys and queries; a trailing one has no meaning.
 * Any other path that the proxy would not read to its end is a problem, as a phrase: "it has an empty part".
 */
export function parsePath(text: unknown): Path | { readonly problem: string } {
  if (typeof text !== 'string') return { problem: 'it is not a string' }
  if (text === '') return { problem: 'it is empty' }
  if (text === ROOT) return { problem: 'it does not name a part of the session' }
  const parts = text.replace(/^\//, '').replace(/\/$/, '').split('/')
  if (parts.includes('')) return { problem: 'it has an empty part, where the proxy stops reading' }
  const unsafe = parts.find(part => UNSAFE_PARTS.has(part))
  return unsafe === undefined ? { path: `/${parts.join('/')}`, parts } : { problem: `it has the part "${unsafe}"` }
}

/** The whole metadata, where a path may name it. */
export const ROOT = '/'

const UNSAFE_PARTS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** A problem if the proxy would set a value elsewhere: of a part that starts with a number, it reads only the number. */
export function settingProblem(parts: readonly string[]): string | undefined {
  const odd = parts.find(part => /^\s*[+-]?\d/.test(part) && !/^(0|[1-9]\d*)$/.test(part))
  return odd === undefined ? undefined : `The proxy parses "${odd}" as a number: start it with a letter.`
}

/** A note if the path may not mean what its author intended. */
export function pathNote({ parts }: Path): string | undefined {
  return parts.some(part => /~[01]/.test(part))
    ? 'the proxy does not support escapes: `~0` and `~1` are taken literally'
    : undefined
}

/** The type of the value at a path: defined by the protocol, or unknown. */
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

/** Whether the value is the address of a peer or of the proxy, also in the header from another proxy. */
export function isAddressAt(parts: readonly string[]): boolean {
  return /^(?:JSONSocket\/(?:.*\/)?)?IP\/(?:src|dst)_addr$/.test(parts.join('/'))
}
