/**
 * Reads a CRD file. Its YAML anchors name the shapes that the generated files share; an alias resolves to the same
 * value, so identity shows where a shape is reused.
 */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json }

export type CrdFile = {
  readonly document: JsonObject
  /** The anchored values, by anchor. A shape comes after the shapes that it contains. */
  readonly shapes: ReadonlyMap<string, Json>
}

/** Throws if the text is not YAML: the files are part of this package. */
export function readCrd(text: string): CrdFile {
  const document = parseDocument(text)
  if (document.errors[0] !== undefined) throw document.errors[0]
  const values = new Map<Node, Json>()
  const shapes = new Map<string, Json>()

  const convert = (node: unknown): Json => {
    const target = isAlias(node) ? node.resolve(document) : node
    if (!isMap(target) && !isSeq(target) && !isScalar(target)) return null
    const value = values.get(target) ?? construct(target)
    values.set(target, value)
    if (target.anchor !== undefined) shapes.set(target.anchor, value)
    return value
  }
  const construct = (node: YAMLMap | YAMLSeq | Scalar): Json => {
    if (isScalar(node)) return scalar(node.value)
    return isSeq(node) ? node.items.map(convert) : members(node.items)
  }
  const members = (pairs: readonly { readonly key: unknown; readonly value: unknown }[]): JsonObject =>
    Object.fromEntries(pairs.map(pair => [String(convert(pair.key)), convert(pair.value)]))

  const value = convert(document.contents)
  if (!isObject(value)) throw new Error('a CRD file must contain one object')
  return { document: value, shapes }
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Follows keys and indices; throws if the path does not exist. */
export function at(value: Json, ...path: readonly (string | number)[]): Json {
  return path.reduce<Json>((here, key) => {
    const next = Array.isArray(here) ? here[Number(key)] : isObject(here) ? here[key] : undefined
    if (next === undefined) throw new Error(`the CRD has nothing at ${path.join('.')}`)
    return next
  }, value)
}

const scalar = (value: unknown): Json =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
