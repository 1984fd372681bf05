/** Validation and naming that all objects of the fake proxy share. */
import type { Json } from '../model.ts'

export type Stored = {
  readonly name: string
  /** Created inline in another object, and deleted with it recursively. */
  readonly inline: boolean
}

/** A JSON object that the proxy completes in place. */
export type Body = { [key: string]: Json | undefined }

/** A call that the proxy rejects with 400; the message is that of the proxy. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

export function refuse(sentence: string): never {
  throw new Refusal(sentence)
}

export function isBody(value: Json | undefined): value is Body & Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A copy to complete: the proxy writes generated names into the request body. */
export function asBody(value: Json | undefined): Body | undefined {
  return isBody(value) ? value : undefined
}

type Wanted = 'object' | 'object?' | 'list' | 'list?' | 'list or string'

/** The proxy's own validation of an object. Throws the Refusal of the proxy. */
export function validated(
  kind: string,
  value: Json | undefined,
  wanted: { readonly [key: string]: Wanted },
  nameRequired = true,
): Body & { readonly name: string } {
  const prefix = `Cannot add ${kind}: `
  if (!isBody(value)) return refuse(`${prefix}An object (a set of key-value pairs) is expected`)
  const { name } = value
  if (name === undefined && nameRequired) return refuse(`${prefix}Property name is required`)
  if (name !== undefined && !/^\S+?$/.test(String(name))) return refuse(`${prefix}Property name is invalid`)
  for (const [key, type] of Object.entries(wanted)) checkProperty(prefix, key, value[key], type)
  return Object.assign(value, { name: name === undefined ? '' : String(name) })
}

function checkProperty(prefix: string, key: string, value: Json | undefined, type: Wanted): void {
  if (value === undefined && type.endsWith('?')) return
  if (value === undefined) refuse(`${prefix}Property ${key} is required`)
  if (!fits(value, type)) refuse(`${prefix}Property ${key} is invalid`)
}

function fits(value: Json | undefined, type: Wanted): boolean {
  if (type.startsWith('object')) return typeof value === 'object' && value !== null
  return Array.isArray(value) || (type === 'list or string' && typeof value === 'string')
}

/** The name, with the first number as a suffix that makes it unique if necessary. */
export function namedAnew(name: string, taken: ReadonlyMap<string, unknown>): string {
  let fresh = name
  for (let n = 1; taken.has(fresh); n++) fresh = `${name}_${n}`
  return fresh
}

export function allFound<T>(names: readonly string[], among: ReadonlyMap<string, T>): readonly T[] {
  return names.map(name => among.get(name)).filter(found => found !== undefined)
}
