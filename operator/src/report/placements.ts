/**
 * What one proxy holds of each resource, and why not: what `Programmed` is made of. Proxies that hold the same of the same
 * resources have the same placements, and are judged once (`placement-tally`). Pure.
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
import { type MissingObjects, missingObjectsIn } from './missing-objects.ts'
import { type IdentityOf, partialKey } from './partial-key.ts'
import type { ConditionReason } from './reasons.ts'

/** What a proxy is known to hold, as far as status needs it: a `ProxyState` is one. */
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
  /** The proxy holds all of each. */
  | { readonly kind: 'complete' }
  /** What it holds is not known: `placement` is that of each. */
  | { readonly kind: 'unreachable'; readonly placement: Placement }
  | {
      readonly kind: 'partial'
      /** Proxies with the same `parts` and the same key have the same exceptions. */
      readonly key: string
      /** The resources that the proxy does not hold, or about which there is something to report. */
      exceptions(): ReadonlyMap<ResourceKey, Placement>
    }

const COMPLETE: ProxyPlacements = { kind: 'complete' }
const PROGRAMMED: Placement = { programmed: true, reason: 'Programmed', message: '' }

/** Judges one resource on one proxy. Its objects: `ids`. */
export type JudgePlacement = (ids: readonly ObjectId[], facts: PartialFacts) => Placement

/** What is special about a proxy that does not simply hold everything. */
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

/** The resources of an object, by its name; those of a listener also by the name that the listener has from its resource. */
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
  const unfit = ids.flatMap(({ name }) => unsupported.get(name) ?? [])
  if (unfit.length > 0) return { programmed: false, ...unsupportedEndpoints(unfit) }
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
  const message = `its preload is missing, or too old to send sessions to endpoints at different ports: no session goes to ${first}${others}`
  return { reason: 'Unsupported', message }
}

/** Reasons for which a proxy does not hold an object, by the code of the failure. */
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
  return { reason: 'Pending', message: `${missing.length} of its objects are still to be made` }
}
