/**
 * Placements: whether one proxy holds all objects of each resource, and if not, why. The input of the condition
 * `Programmed`. Proxies with the same resources and the same live config have the same placements, which are computed once
 * (`placement-tally`). Pure.
 */
import {
  type Compare,
  type Config,
  type Endpoint,
  keyOf,
  leftOut,
  type ObjectId,
  type ObjectKey,
  resourceOfListener,
} from '@l7mesh/proxy-client'
import type { ResourceKey } from '../sources/snapshot.ts'
import type { DesiredProxy } from '../translate/desired.ts'
import { count } from './formatting.ts'
import { type MissingObjects, missingObjectsIn } from './missing-objects.ts'
import { type IdentityOf, partialKey } from './partial-key.ts'
import type { ConditionReason } from './reasons.ts'

/** The part of a `ProxyState` that status depends on. */
export type ProxyReport = {
  readonly desired: DesiredProxy
  readonly phase: 'unknown' | 'converging' | 'converged' | 'failing' | 'unreachable'
  readonly live: Config | undefined
  readonly failures: ReadonlyMap<ObjectKey, { readonly code: string; readonly message: string }>
  readonly error: { readonly code: string; readonly message: string } | undefined
  readonly endedSessions: ReadonlySet<string>
  readonly strandedSessions: ReadonlyMap<string, number>
}

/** One resource on one proxy. */
export type Placement = {
  readonly programmed: boolean
  readonly reason: ConditionReason
  readonly message: string
  /** UDP sessions that remain on removed pods. */
  readonly stranded?: number
}

/** All resources on one proxy. */
export type ProxyPlacements =
  /** The proxy holds all objects of every resource. */
  | { readonly kind: 'complete' }
  /** The live config is unknown: `placement` applies to every resource. */
  | { readonly kind: 'unreachable'; readonly placement: Placement }
  | {
      readonly kind: 'partial'
      /** Proxies with the same `parts` and the same key have the same exceptions. */
      readonly key: string
      /** Resources with any placement other than `PROGRAMMED`. */
      exceptions(): ReadonlyMap<ResourceKey, Placement>
    }

const COMPLETE: ProxyPlacements = { kind: 'complete' }
const PROGRAMMED: Placement = { programmed: true, reason: 'Programmed', message: '' }

/** Computes the placement of one resource on one proxy. `ids`: the objects of the resource. */
export type JudgePlacement = (ids: readonly ObjectId[], facts: PartialFacts) => Placement

/** The input of placements on a proxy that is not complete. */
export type PartialFacts = Pick<ProxyReport, 'desired' | 'live' | 'failures' | 'endedSessions' | 'strandedSessions'> & {
  /** 'all': the proxy has not been read. */
  readonly missing: MissingObjects | 'none' | 'all'
  /** Endpoints that the proxy does not support, by name. */
  readonly unsupported: ReadonlyMap<string, Endpoint>
  /** Whether an object is missing. */
  isMissing(id: ObjectId): boolean
}

export type PlacementOptions = {
  readonly compare: Compare
  readonly identityOf: IdentityOf
  /** Default: `judgePlacement`. */
  readonly judge?: JudgePlacement
}

export function placementsOn(
  report: ProxyReport,
  { compare, identityOf, judge = judgePlacement }: PlacementOptions,
): ProxyPlacements {
  const { desired, live, error, phase, endedSessions, strandedSessions } = report
  if (error) return { kind: 'unreachable', placement: unreachable(error) }
  const unsupported = live ? leftOut(desired.config, live, compare) : NONE_LEFT_OUT
  const isWhole = endedSessions.size + strandedSessions.size + unsupported.size === 0
  if (phase === 'converged' && isWhole) return COMPLETE
  const facts = { ...report, missing: missingOn(report, compare), unsupported }
  return {
    kind: 'partial',
    key: partialKey(facts, identityOf),
    exceptions: () => exceptionsOf({ ...facts, isMissing: missingIn(facts.missing) }, compare, judge),
  }
}

function missingOn({ phase, live, desired }: ProxyReport, compare: Compare): PartialFacts['missing'] {
  if (phase === 'converged') return 'none'
  return live ? missingObjectsIn(live, desired.config, compare) : 'all'
}

function missingIn(missing: PartialFacts['missing']): PartialFacts['isMissing'] {
  if (typeof missing === 'string') return () => missing === 'all'
  const names = Object.fromEntries(Object.entries(missing).map(([kind, found]) => [kind, new Set(found)]))
  return ({ kind, name }) => names[kind]?.has(name) ?? false
}

function exceptionsOf(
  facts: PartialFacts,
  { derived }: Compare,
  judge: JudgePlacement,
): ReadonlyMap<ResourceKey, Placement> {
  const { parts } = facts.desired
  const exceptions = new Map<ResourceKey, Placement>()
  for (const key of facts.missing === 'all' ? parts.keys() : affectedBy(facts, derived(parts, indexOf))) {
    const placement = judge(parts.get(key) ?? [], facts)
    if (placement !== PROGRAMMED) exceptions.set(key, placement)
  }
  return exceptions
}

/** The resources of an object, by its name; those of a listener also by the name of its resource. */
type ResourcesByName = ReadonlyMap<string, readonly ResourceKey[]>

function indexOf(parts: DesiredProxy['parts']): ResourcesByName {
  const index = new Map<string, ResourceKey[]>()
  const add = (name: string, key: ResourceKey) => {
    const known = index.get(name)
    if (known === undefined) index.set(name, [key])
    else if (known.at(-1) !== key) known.push(key)
  }
  for (const [key, ids] of parts) {
    for (const { kind, name } of ids) {
      add(name, key)
      const resource = kind === 'listener' ? resourceOfListener(name) : undefined
      if (resource !== undefined) add(resource, key)
    }
  }
  return index
}

/** All resources that can have another placement than `PROGRAMMED`. */
function affectedBy(
  { missing, unsupported, endedSessions, strandedSessions }: PartialFacts,
  index: ResourcesByName,
): ReadonlySet<ResourceKey> {
  const affected = new Set<ResourceKey>()
  const lists = typeof missing === 'string' ? [] : Object.values(missing)
  for (const names of [...lists, unsupported.keys(), endedSessions, strandedSessions.keys()])
    for (const name of names) for (const key of index.get(name) ?? []) affected.add(key)
  return affected
}

export function judgePlacement(
  ids: readonly ObjectId[],
  { failures, unsupported, endedSessions, strandedSessions, isMissing }: PartialFacts,
): Placement {
  const missing = ids.filter(id => !unsupported.has(id.name) && isMissing(id))
  if (missing.length > 0) return { programmed: false, ...reasonForMissing(missing, failures) }
  const endpoints = ids.flatMap(({ name }) => unsupported.get(name) ?? [])
  if (endpoints.length > 0) return { programmed: false, ...unsupportedEndpoints(endpoints) }
  const ended = ids.some(({ kind, name }) => kind === 'listener' && endedSessions.has(name))
  if (ended) return { ...PROGRAMMED, reason: 'SessionsEnded' }
  const stranded = strandedOn(ids, strandedSessions)
  return stranded > 0 ? { ...PROGRAMMED, reason: 'SessionsStranded', stranded } : PROGRAMMED
}

function strandedOn(ids: readonly ObjectId[], counts: ProxyReport['strandedSessions']): number {
  if (counts.size === 0) return 0
  const resources = ids.flatMap(({ kind, name }) => (kind === 'listener' ? (resourceOfListener(name) ?? []) : []))
  return resources.reduce((sum, resource) => sum + (counts.get(resource) ?? 0), 0)
}

function unreachable({ code, message }: NonNullable<ProxyReport['error']>): Placement {
  return { programmed: false, reason: code === 'locked-out' ? 'ProxyLockedOut' : 'ProxyUnreachable', message }
}

const NONE_LEFT_OUT: ReadonlyMap<string, Endpoint> = new Map()

function unsupportedEndpoints(endpoints: readonly Endpoint[]): Pick<Placement, 'reason' | 'message'> {
  const [first] = endpoints.map(({ spec: { address, port } }) => `${address} at port ${port}`)
  const others = endpoints.length > 1 ? ` and ${endpoints.length - 1} more` : ''
  const message = `its preload is missing, or too old for endpoints at different ports: no sessions are sent to ${first}${others}`
  return { reason: 'Unsupported', message }
}

/** The reason of a missing object, by the code of its failure. */
const FAILURE_REASONS: { readonly [code: string]: ConditionReason } = {
  'address-in-use': 'PortBusy',
  'no-effect': 'NoEffect',
  deadly: 'ProxyDies',
}

function reasonForMissing(
  missing: readonly ObjectId[],
  failures: ProxyReport['failures'],
): Pick<Placement, 'reason' | 'message'> {
  for (const id of missing) {
    const failure = failures.get(keyOf(id))
    if (failure) return { reason: FAILURE_REASONS[failure.code] ?? 'Refused', message: failure.message }
  }
  return { reason: 'Pending', message: `${count(missing.length, 'object')} pending` }
}
