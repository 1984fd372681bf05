/**
 * Names. The proxy has no call that updates, so an object that cannot be changed in place carries the hash of its
 * content in its name; a change is then a new object beside the old one. The prefix says what is ours.
 */
import { createHash } from 'node:crypto'
import type { Json, JsonObject } from './model.ts'

/** Every object that l7mesh makes on a proxy has a name that starts so; no other object is ever touched. */
export const PREFIX = '/apis/l7mp.io/v1/'

/** The rulelist that holds the id of the filling of a proxy. Where it is missing, the proxy has started empty. */
export const MARKER = `${PREFIX}marker`

/**
 * A rulelist of the proxy's static configuration: its process survives calls that would end an unguarded one. Its rules
 * are the names of what its preload mends (`capabilitiesOf`).
 */
export const HARDENED = `${PREFIX}hardened`

/** Where the objects of one resource stand: `…/namespaces/NS/PLURAL/NAME`. */
export const RESOURCE_PREFIX = `${PREFIX}namespaces/`

/** True for an object that l7mesh made for a resource, and so may remove. The marker and what others made are not. */
export function isOurs(name: string): boolean {
  return name.startsWith(RESOURCE_PREFIX)
}

/**
 * `BASE@HASH`, where HASH stands for the content. Equal contents give equal names whatever the order of their keys.
 * `content` must be in normal form and must not contain the name itself.
 */
export function hashed(base: string, content: Json): string {
  return `${base}@${createHash('sha256').update(canonical(content)).digest('hex').slice(0, HASH_DIGITS)}`
}

/**
 * The `n`th stand-in of a name, 0 being the name itself. A stand-in is used where the proxy holds another object under
 * the name: since that one cannot be changed and may be in use, it is left until nothing refers to it.
 */
export function replacementName(name: string, n: number): string {
  return n === 0 ? name : `${name}~${n}`
}

/** 40 bits. Two contents of one resource that share a hash are told apart by the diff, which compares contents. */
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
 * A rulelist without rules that stands beside the listener of a resource whose sessions end when the resource goes.
 * It lies on the proxy so that this is known even to one who never saw the resource.
 */
export function orphanFlag(resource: string): string {
  return `${resource}${ORPHAN_FLAG}`
}

/** The resource of such a rulelist; undefined for any other name. */
export function orphanFlagOwner(name: string): string | undefined {
  return isOurs(name) && name.endsWith(ORPHAN_FLAG) ? name.slice(0, -ORPHAN_FLAG.length) : undefined
}

/** What the names of all listeners start with that were ever made for a resource. */
export function listenersOf(resource: string): string {
  return `${resource}@`
}

/** The resource that a listener was made for; undefined for a listener that is not ours. */
export function resourceOfListener(name: string): string | undefined {
  const end = name.lastIndexOf('@')
  return isOurs(name) && end > 0 ? name.slice(0, end) : undefined
}

const ORPHAN_FLAG = '/removeOrphanSessions'
