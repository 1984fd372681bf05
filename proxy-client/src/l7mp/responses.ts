/** Parses the responses of the proxy that are not objects of a config. */
import type { Admin, Config, Endpoint, Json, JsonObject, Session } from '../model.ts'
import { parseCluster, parseEndpoint, parseListener, parseRoute, parseRule, parseRuleList } from './normal-form.ts'

/** The response to `GET /config`: a config in which endpoints are separate from their clusters, which only count them. */
export type Dump = {
  readonly admin: Admin
  readonly config: Config
  readonly endpoints: readonly Endpoint[]
  readonly sessions: readonly Session[]
}

export function parseDump(value: unknown): Dump {
  const dump = objectOf(value)
  return {
    admin: parseAdmin(dump.admin),
    config: {
      clusters: named(listOf(parseCounted)(dump.clusters)),
      routes: named(listOf(parseRoute)(dump.routes)),
      rules: named(listOf(parseRule)(dump.rules)),
      rulelists: named(listOf(parseRuleList)(dump.rulelists)),
      listeners: named(listOf(parseListener)(dump.listeners)),
    },
    endpoints: listOf(parseEndpoint)(dump.endpoints),
    sessions: listOf(parseSession)(dump.sessions),
  }
}

function parseCounted(value: unknown) {
  return parseCluster({ ...objectOf(value), endpoints: [] })
}

export function parseAdmin(value: unknown): Admin {
  const { log_level, strict, version } = objectOf(value)
  return { log_level: stringOf(log_level), strict: strict === true, version: stringOf(version) }
}

export function parseSession(value: unknown): Session {
  const { name, metadata, source, destination, status } = objectOf(value)
  const { origin, endpoint } = objectOf(destination)
  return {
    name: stringOf(name),
    metadata: objectOf(metadata),
    listener: stringOf(objectOf(source).origin),
    cluster: typeof origin === 'string' ? origin : undefined,
    ...endpointOf(endpoint),
    status: stringOf(status),
  }
}

/** A session that is not connected has a string instead of an object. */
function endpointOf(endpoint: Json | undefined): Pick<Session, 'endpoint' | 'address'> {
  if (typeof endpoint !== 'object' || endpoint === null) return { endpoint: undefined, address: undefined }
  const { name, spec } = objectOf(endpoint)
  const { address } = objectOf(spec ?? {})
  return { endpoint: stringOf(name), address: typeof address === 'string' ? address : undefined }
}

/** The response to a successful write. */
export function parseDone(value: unknown): void {
  if (objectOf(value).status !== 200) throw new Error('the response has status 200 but does not confirm the call')
}

export function listOf<T>(parse: (value: unknown) => T): (value: unknown) => readonly T[] {
  return value => {
    if (!Array.isArray(value)) throw new Error('the response is not a list')
    return value.map(item => parse(item))
  }
}

export function objectOf(value: unknown): JsonObject {
  // What JSON.parse returns is JSON.
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  throw new Error('the response has another value instead of an object')
}

function stringOf(value: unknown): string {
  if (typeof value === 'string') return value
  throw new Error('the response has another value instead of a string')
}

export function named<T extends { readonly name: string }>(objects: readonly T[]): ReadonlyMap<string, T> {
  return new Map(objects.map(object => [object.name, object]))
}
