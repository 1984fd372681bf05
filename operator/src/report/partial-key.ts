/**
 * A cache key of placements: proxies with equal keys have the same exceptions, which are computed once. Short collections
 * are part of the key by value, because each proxy has its own; long ones by the identity of the object. Different keys may
 * have the same exceptions. Pure apart from the identities that it assigns to objects.
 */
import type { Config, ObjectKind } from '@l7mesh/proxy-client'
import type { MissingObjects } from './missing-objects.ts'
import type { PartialFacts } from './placements.ts'

/** Longer collections are part of the key by identity. */
const MOST_ENTRIES = 32

/** A number for each object, the same at each call. */
export type IdentityOf = (object: object) => number

export function createIdentities(): IdentityOf {
  const known = new WeakMap<object, number>()
  let last = 0
  return object => {
    const identity = known.get(object) ?? ++last
    known.set(object, identity)
    return identity
  }
}

export function partialKey(facts: Omit<PartialFacts, 'isMissing'>, identityOf: IdentityOf): string {
  const { desired, live, missing, failures, unsupported, endedSessions, strandedSessions } = facts
  const written = <T>(entries: Iterable<T> & { readonly size: number }, text: (entry: T) => unknown) =>
    entries.size <= MOST_ENTRIES ? Array.from(entries, text) : identityOf(entries)
  return JSON.stringify([
    identityOf(desired.config),
    live && typeof missing !== 'string' ? missingText(missing, desired.config, live, identityOf) : missing,
    missing === 'none' ? [] : written(failures, ([key, { code, message }]) => [key, code, message]),
    unsupported.size === 0 ? [] : identityOf(unsupported),
    written(endedSessions, name => name),
    written(strandedSessions, entry => entry),
  ])
}

function missingText(
  missing: MissingObjects,
  desired: Config,
  live: Config,
  identityOf: IdentityOf,
): readonly unknown[] {
  const text = (kind: ObjectKind, held: object, isAll: boolean) => {
    if (missing[kind].length <= MOST_ENTRIES) return missing[kind]
    return isAll ? 'all' : identityOf(held)
  }
  const lacksAll = (kind: Exclude<ObjectKind, 'endpoint'>) => missing[kind].length === desired[FIELDS[kind]].size
  // A cluster that differs only in its spec still has endpoints.
  const lacksEndpoints = lacksAll('cluster') && desired.clusters.keys().every(name => !live.clusters.has(name))
  return [
    text('cluster', live.clusters, lacksAll('cluster')),
    text('endpoint', live.clusters, lacksEndpoints),
    text('route', live.routes, lacksAll('route')),
    text('rule', live.rules, lacksAll('rule')),
    text('rulelist', live.rulelists, lacksAll('rulelist')),
    text('listener', live.listeners, lacksAll('listener')),
  ]
}

const FIELDS = {
  cluster: 'clusters',
  route: 'routes',
  rule: 'rules',
  rulelist: 'rulelists',
  listener: 'listeners',
} as const
