/**
 * A text that is equal for proxies of which the same is missing and to be reported, so that they are judged once. What is
 * short is written out, since each proxy has it in objects of its own; of what is long, the identity of the object counts.
 * Different texts may mean the same. Pure but for the numbers that it gives to objects.
 */
import type { Config, ObjectKind } from '@l7mesh/proxy-client'
import type { MissingObjects } from './missing-objects.ts'
import type { PartialFacts } from './placements.ts'

/** So many entries are written out. */
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
  // A cluster of which the spec alone is another still has endpoints.
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
