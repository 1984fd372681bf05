/** What each proxy holds of each resource, and why not: what `Programmed` is made of. Pure. */
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
import { missingObjectsIn } from './missing-objects.ts'
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
export type ResourcePlacement = {
  readonly proxy: string
  readonly programmed: boolean
  readonly reason: ConditionReason
  readonly message: string
  /** UDP sessions that stay on pods that are gone. */
  readonly stranded?: number
}

type ProgrammedOn = (proxy: string) => ResourcePlacement

/** That a proxy holds all of it, as one object for each proxy. */
export function programmedPlacements(): ProgrammedOn {
  const known = new Map<string, ResourcePlacement>()
  return proxy => {
    const placement = known.get(proxy) ?? { proxy, programmed: true, reason: 'Programmed', message: '' }
    known.set(proxy, placement)
    return placement
  }
}

export function placementsOf(
  proxies: ReadonlyMap<string, ProxyReport>,
  programmedOn: ProgrammedOn,
  compare: Compare,
): ReadonlyMap<ResourceKey, readonly ResourcePlacement[]> {
  const placements = new Map<ResourceKey, ResourcePlacement[]>()
  for (const [proxy, report] of proxies) {
    const place = placer(programmedOn(proxy), report, compare)
    for (const [key, ids] of report.desired.parts) {
      const held = placements.get(key)
      if (held) held.push(place(ids))
      else placements.set(key, [place(ids)])
    }
  }
  return placements
}

function placer(
  programmed: ResourcePlacement,
  report: ProxyReport,
  compare: Compare,
): (ids: readonly ObjectId[]) => ResourcePlacement {
  const { desired, failures, error, phase, endedSessions, strandedSessions } = report
  const { proxy } = programmed
  const left = report.live ? leftOut(desired.config, report.live, compare) : NONE_LEFT
  const isWhole = endedSessions.size + strandedSessions.size + left.size === 0
  if (phase === 'converged' && !error && isWhole) return () => programmed
  if (error) return () => ({ proxy, programmed: false, ...unreachable(error) })
  const holds = phase === 'converged' ? () => true : holdsIn(report.live, desired.config, compare)
  return ids => {
    const missing = ids.filter(id => !left.has(id.name) && !holds(id))
    if (missing.length > 0) return { proxy, programmed: false, ...reasonForMissing(missing, failures) }
    const unfit = ids.flatMap(({ name }) => left.get(name) ?? [])
    if (unfit.length > 0) return { proxy, programmed: false, ...unsupported(unfit) }
    const ended = ids.some(({ kind, name }) => kind === 'listener' && endedSessions.has(name))
    if (ended) return { ...programmed, reason: 'SessionsEnded' }
    const stranded = strandedOn(ids, strandedSessions)
    return stranded > 0 ? { ...programmed, reason: 'SessionsStranded', stranded } : programmed
  }
}

function strandedOn(ids: readonly ObjectId[], counts: ProxyReport['strandedSessions']): number {
  if (counts.size === 0) return 0
  const resources = ids.flatMap(({ kind, name }) => (kind === 'listener' ? (resourceOfListener(name) ?? []) : []))
  return resources.reduce((sum, resource) => sum + (counts.get(resource) ?? 0), 0)
}

function unreachable({
  code,
  message,
}: NonNullable<ProxyReport['error']>): Pick<ResourcePlacement, 'reason' | 'message'> {
  return { reason: code === 'locked-out' ? 'ProxyLockedOut' : 'ProxyUnreachable', message }
}

const NONE_LEFT: ReadonlyMap<string, Endpoint> = new Map()

function unsupported(endpoints: readonly Endpoint[]): Pick<ResourcePlacement, 'reason' | 'message'> {
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
): Pick<ResourcePlacement, 'reason' | 'message'> {
  for (const id of missing) {
    const failure = failures.get(keyOf(id))
    if (failure) return { reason: FAILURE_REASONS[failure.code] ?? 'Refused', message: failure.message }
  }
  return { reason: 'Pending', message: `${missing.length} of its objects are still to be made` }
}

function holdsIn(live: Config | undefined, desired: Config, compare: Compare): (id: ObjectId) => boolean {
  if (!live) return () => false
  const missing = missingObjectsIn(live, desired, compare)
  return ({ kind, name }) => !missing[kind].has(name)
}
