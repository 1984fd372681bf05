/**
 * Reads the fields of a parsed document by name and type, at the border where manifests come in. A field of the wrong
 * type is reported as a mistake with its path; the value returned instead only lets parsing continue, since a document
 * with a mistake is not used.
 */
import { isRecord } from '@l7mesh/crds'
/** Reports a mistake: the path of the field, and what the value must be. */
export type Mistake = (path: string, message: string) => void

export type Fields = {
  /** Reports a mistake in a field of this object; in the object itself if `name` is ''. */
  mistake(name: string, message: string): void
  has(name: string): boolean
  /** A required, non-empty string. */
  text(name: string): string
  optionalText(name: string): string | undefined
  /** An object name that is valid in Kubernetes; `fallback` if it is absent and optional. */
  objectName(name: string, fallback?: string): string
  /** An integer of at least `from`; `fallback` if it is absent. */
  whole(name: string, fallback: number, from?: number): number
  flag(name: string, fallback: boolean): boolean
  /** A number or a string, such as a port or a percentage. */
  numberOrText(name: string): number | string | undefined
  /** An object; empty if it is absent. */
  object(name: string): Fields
  /** A list of objects, each read by `read`; empty if it is absent. */
  objects<T>(name: string, read: (item: Fields) => T): readonly T[]
  texts(name: string): readonly string[]
  /** An object of strings, such as labels. */
  textByName(name: string): Readonly<Record<string, string>>
}

/** A DNS-1123 subdomain. Names also become parts of file names: this prevents path traversal. */
const OBJECT_NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

export function fieldsOf(value: unknown, path: string, mistake: Mistake): Fields {
  if (value !== undefined && value !== null && !isRecord(value)) mistake(path, 'must be an object')
  const values = isRecord(value) ? value : {}
  const at = (name: string) => [path, name].filter(part => part !== '').join('.')

  /** In YAML, an empty value is null. */
  const present = (name: string) => values[name] ?? undefined

  /** The value if it is valid or absent; otherwise reports a mistake and treats it as absent. */
  function checked<T>(name: string, is: (value: unknown) => value is T, must: string): T | undefined {
    const found = present(name)
    if (found === undefined || is(found)) return found
    mistake(at(name), must)
    return undefined
  }

  const list = (name: string): readonly unknown[] => checked(name, Array.isArray, 'must be a list') ?? []

  const text = (name: string) => {
    const found = checked(name, isText, 'must be a string')
    if (found === '' || present(name) === undefined) mistake(at(name), 'is missing')
    return found ?? ''
  }

  return {
    mistake: (name, message) => mistake(at(name), message),
    has: name => present(name) !== undefined,
    text,
    objectName(name, fallback) {
      const found = fallback !== undefined && present(name) === undefined ? fallback : text(name)
      if (found !== '' && !OBJECT_NAME.test(found)) mistake(at(name), 'must be lower case letters, digits, - and .')
      return found
    },
    optionalText: name => checked(name, isText, 'must be a string'),
    whole(name, fallback, from = 0) {
      const is = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= from
      return checked(name, is, `must be a whole number, ${from} or more`) ?? fallback
    },
    flag: (name, fallback) => checked(name, isFlag, 'must be true or false') ?? fallback,
    numberOrText: name => checked(name, isNumberOrText, 'must be a number or a string'),
    object: name => fieldsOf(present(name), at(name), mistake),
    objects: (name, read) => list(name).map((item, index) => read(fieldsOf(item, `${at(name)}[${index}]`, mistake))),
    texts(name) {
      const items = list(name)
      if (!items.every(isText)) mistake(at(name), 'must be a list of strings (put numbers in quotes)')
      return items.filter(isText)
    },
    textByName(name) {
      const entries = Object.entries(checked(name, isRecord, 'must be an object of strings') ?? {})
      const wrong = entries.find(([, value]) => !isText(value))
      if (wrong) mistake(`${at(name)}.${wrong[0]}`, 'must be a string (put numbers in quotes)')
      return Object.fromEntries(entries.filter((entry): entry is [string, string] => isText(entry[1])))
    },
  }
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'
const isNumberOrText = (value: unknown): value is number | string =>
  isText(value) || (typeof value === 'number' && Number.isFinite(value))
