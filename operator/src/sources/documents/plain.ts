/**
 * Converts the nodes of a YAML document to plain values like kubectl: scalars by the rules of go-yaml (scalars.ts),
 * keys as text, merge keys in document order. Pure.
 */
import { type Alias, isAlias, isMap, isScalar, isSeq, type Scalar as ScalarNode, type YAMLMap } from 'yaml'
import { MAX_DEPTH } from '../validation/depth.ts'
import { keyText, plainScalar, type Scalar, taggedScalar } from './scalars.ts'
import type { Spelling } from './spelling.ts'

/** Thrown for a document that cannot be converted, with the offset in the text and the reason. */
export class Unreadable extends Error {
  readonly offset: number
  readonly help: string

  constructor(message: string, help: string, node: unknown) {
    super(message)
    this.offset = offsetOf(node)
    this.help = help
  }
}

/** The maximum number of values repeated by aliases, each of which can expand to a whole tree, and recursively. */
const MAX_REPEATED = 50_000

/** Throws an Unreadable. */
export function plainValue(contents: unknown): { readonly plain: unknown; readonly spelling: Spelling } {
  const reader = new PlainReader()
  return { plain: reader.read(contents, 0), spelling: reader.spelling }
}

type Anchored = { readonly value: unknown; readonly size: number }

class PlainReader {
  readonly #anchors = new Map<string, Anchored>()
  /** The number of values so far, including those repeated by aliases. */
  #size = 0
  #repeated = 0
  readonly spelling = new Map<unknown, ReadonlyMap<string, string>>()

  read(node: unknown, depth: number): unknown {
    if (depth > MAX_DEPTH)
      throw new Unreadable(`nested more than ${MAX_DEPTH} levels deep`, 'Reduce the nesting.', node)
    if (isAlias(node)) return this.#follow(node).value
    const before = this.#size++
    const value = this.#readAny(node, depth)
    const anchor = isMap(node) || isSeq(node) || isScalar(node) ? node.anchor : undefined
    if (anchor !== undefined) this.#anchors.set(anchor, { value, size: this.#size - before })
    return value
  }

  #readAny(node: unknown, depth: number): unknown {
    if (isMap(node)) return this.#readMap(node, depth)
    if (isSeq(node)) {
      const list = node.items.map(item => this.read(item, depth + 1))
      return this.#spelled(list, new Map(node.items.map((item, index) => [String(index), item])))
    }
    const value = isScalar(node) ? scalarOf(node) : null
    if (typeof value === 'bigint') return Number(value)
    if (typeof value === 'number' && !Number.isFinite(value))
      throw new Unreadable(`${value} is not a number in JSON`, 'Write a number, or put it in quotes.', node)
    return value
  }

  #follow(alias: Alias): Anchored {
    const found = this.#anchors.get(alias.source)
    if (!found) {
      const help = 'Define each &anchor before its *alias, or write the value out.'
      throw new Unreadable(`the alias *${alias.source} has no anchor before it`, help, alias)
    }
    this.#size += found.size
    this.#repeated += found.size
    if (this.#repeated > MAX_REPEATED)
      throw new Unreadable('its aliases expand to too many values', 'Write the values out.', alias)
    return found
  }

  #readMap(map: YAMLMap, depth: number): Readonly<Record<string, unknown>> {
    const entries = new Map<string, unknown>()
    const nodes = new Map<string, unknown>()
    for (const { key, value } of map.items) {
      if (isMerge(key)) {
        for (const [name, merged] of this.#merged(value, depth)) entries.set(name, merged)
        continue
      }
      const name = this.#keyOf(key, depth)
      if (nodes.has(name)) throw new Unreadable(`duplicate key ${JSON.stringify(name)}`, 'Remove one of them.', key)
      nodes.set(name, value)
      entries.set(name, this.read(value, depth + 1))
    }
    return this.#spelled(Object.fromEntries(entries), nodes)
  }

  /** Records the original text of values that differ from it. */
  #spelled<T extends object>(whole: T, nodes: ReadonlyMap<string, unknown>): T {
    const texts = [...nodes].flatMap(([key, node]): readonly (readonly [string, string])[] => {
      const value: unknown = Reflect.get(whole, key)
      const text = isScalar(node) && typeof node.value === 'string' ? node.value : undefined
      const isHidden = typeof value === 'number' || typeof value === 'boolean' ? String(value) !== text : false
      return isHidden && text !== undefined ? [[key, text]] : []
    })
    if (texts.length > 0) this.spelling.set(whole, new Map(texts))
    return whole
  }

  /** In a list of objects, the first one with a field takes precedence. */
  #merged(node: unknown, depth: number): readonly (readonly [string, unknown])[] {
    const parts = isSeq(node) ? node.items.toReversed() : [node]
    return parts.flatMap(part => {
      const value = this.read(part, depth + 1)
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value)
      throw new Unreadable('the merge key << requires an object or a list of objects', 'Write <<: *anchor.', part)
    })
  }

  #keyOf(node: unknown, depth: number): string {
    // The value of an alias has already been converted, so whole numbers are numbers.
    const value = isScalar(node) ? scalarOf(node) : this.read(node, depth + 1)
    if (isScalar(node) && node.anchor !== undefined) this.#anchors.set(node.anchor, { value: jsonOf(value), size: 1 })
    const text = isKey(value)
      ? keyText(Number.isInteger(value) && isAlias(node) ? BigInt(Number(value)) : value)
      : undefined
    if (text === undefined)
      throw new Unreadable('this value cannot be a field name', 'Write the name as a string.', node)
    return text
  }
}

function jsonOf(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value
}

function isKey(value: unknown): value is Scalar {
  return typeof value !== 'object' || value === null
}

function isMerge(key: unknown): boolean {
  return isScalar(key) && key.value === '<<' && (key.type === 'PLAIN' || key.tag === 'tag:yaml.org,2002:merge')
}

function scalarOf(node: ScalarNode): Scalar {
  const { value, tag, type } = node
  // The parser is configured to return all scalars as text (parse-yaml.ts).
  const text = typeof value === 'string' ? value : ''
  if (tag === undefined) return type === 'PLAIN' || type === undefined ? plainScalar(text) : text
  const found = taggedScalar(tag, text)
  if (found !== undefined) return found
  const short = tag.replace('tag:yaml.org,2002:', '!!')
  throw new Unreadable(
    `${JSON.stringify(text.slice(0, 40))} is not a valid ${short}`,
    'Remove the tag, or correct the value.',
    node,
  )
}

export function offsetOf(node: unknown): number {
  const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : 0
}
