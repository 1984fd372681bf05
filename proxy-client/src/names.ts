/**
 * Names of objects. The proxy has no update call, so the name of an object that cannot be changed in place contains a hash
 * of its content, and a change creates a new object next to the old one. The prefix identifies objects of l7mesh.
 */
import { createHash } from 'node:crypto'
import type { Json, JsonObject } from './model.ts'

/** The prefix of the names of all objects that l7mesh creates on a proxy; no other object is ever changed. */
export const PREFIX = '/apis/l7mp.io/v1/'

/** The rulelist that contains the id of the filling of a proxy. If it is missing, the proxy has started empty. */
export const MARKER = `${PREFIX}marker`

/**
 * A rulelist in the static config of a hardened proxy, which survives calls that would crash others. Its rules are the
 * names of the capabilities of the preload (`capabilitiesOf`).
 */
export const HARDENED = `${PREFIX}hardened`

/** The prefix of the objects of resources: `…/namespaces/NS/PLURAL/NAME`. */
export const RESOURCE_PREFIX = `${PREFIX}namespaces/`

/** Whether l7mesh created the object for a resource, and may delete it. False for the marker and objects of others. */
export function isOurs(name: string): boolean {
  return name.startsWith(RESOURCE_PREFIX)
}

/**
 * `BASE@HASH`, where HASH is a hash of the content. Equal contents have equal names, regardless of the order of keys.
 * `content` must be in normal form and must not contain the name itself.
 */
export function hashed(base: string, content: Json): string {
  return `${base}@${createHash('sha256').update(canonical(content)).digest('hex').slice(0, HASH_DIGITS)}`
}

/**
 * The `n`th alternative of a name; the 0th is the name itself. An alternative is used if the proxy has a different object
 * of that name, which cannot be changed and may be in use, and is therefore kept until nothing refers to it.
 */
export function replacementName(name: string, n: number): string {
  return n === 0 ? name : `${name}~${n}`
}

/** 40 bits. A collision within one resource is detected by the diff, which compares contents. */
const HASH_DIGITS = 10

function canonical(value: Json): string {
  return JSON.stringify(value, (_key, part: Json) => (isPlainObject(part) ? sorted(part) : part))
}

function sorted(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function isPlainObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * A rulelist without rules that marks a resource with `removeOrphanSessions`, whose sessions end when it is deleted. It is
 * stored on the proxy, so that operators that never read the resource know it too.
 */
export function orphanFlag(resource: string): string {
  return `${resource}${ORPHAN_FLAG}`
}

/** The resource of such a rulelist; undefined for any other name. */
export function orphanFlagOwner(name: string): string | undefined {
  return isOurs(name) && name.endsWith(ORPHAN_FLAG) ? name.slice(0, -ORPHAN_FLAG.length) : undefined
}

/** The prefix of the names of all listeners of a resource, past ones included. */
export function listenersOf(resource: string): string {
  return `${resource}@`
}

/** The resource of a listener; undefined for a listener of others. */
export function resourceOfListener(name: string): string | undefined {
  const end = name.lastIndexOf('@')
  return isOurs(name) && end > 0 ? name.slice(0, end) : undefined
}

const ORPHAN_FLAG = '/removeOrphanSessions'
