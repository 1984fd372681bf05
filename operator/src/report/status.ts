/**
 * What has become of every resource, computed from what is desired and what was read back, and from nothing else. The
 * last stage of the flow; pure. Where status is written, and since when a condition holds, is decided by who writes it.
 */
import { isDeepStrictEqual } from 'node:util'
import { type Config, keyOf, type ObjectId, type ObjectKey, placedEndpoints } from '@l7mesh/proxy-client'
import type { ByName, Resource, ResourceKey, Snapshot } from '../sources/snapshot.ts'
import type { DesiredFleet, DesiredProxy, Problem, Verdict } from '../translate/desired.ts'
import type { ConditionReason } from './reasons.ts'

export type ConditionType = 'Accepted' | 'ResolvedRefs' | 'Programmed'
export type ResourceCondition = {
  readonly type: ConditionType
  readonly status: 'True' | 'False'
  readonly reason: ConditionReason
  readonly message: string
}
export type ResourceStatus = {
  readonly observedGeneration: number
  readonly conditions: readonly ResourceCondition[]
  readonly proxies: { readonly selected: number; readonly programmed: number }
}

/** What a proxy is known to hold, as far as status needs it: a `ProxyState` is one. */
export type ProxyReport = {
  readonly desired: DesiredProxy
  readonly phase: 'unknown' | 'converging' | 'converged' | 'failing' | 'unreachable'
  readonly live: Config | undefined
  readonly failures: ReadonlyMap<ObjectKey, { readonly code: string; readonly message: string }>
  readonly error: { readonly code: string; readonly message: string } | undefined
  readonly endedSessions: ReadonlySet<string>
}

/** Why a resource is not, or not in its newest version, in force. Only those that a source refused. */
export type Rejections = ReadonlyMap<
  ResourceKey,
  readonly { readonly path: string; readonly message: string; readonly help: string }[]
>

export type StatusInput = {
  readonly snapshot: Snapshot
  readonly fleet: DesiredFleet
  readonly proxies: ReadonlyMap<string, ProxyReport>
  readonly rejected: Rejections
}

export function statuses({
  snapshot,
  fleet,
  proxies,
  rejected,
}: StatusInput): ReadonlyMap<ResourceKey, ResourceStatus> {
  const placements = placementsOf(proxies)
  const found = new Map<ResourceKey, ResourceStatus>()
  for (const [key, resource] of resourcesOf(snapshot)) {
    const verdict = withRejection(fleet.verdicts.get(key) ?? NO_VERDICT, rejected.get(key))
    found.set(key, statusOf(verdict, placements.get(key) ?? [], resource.metadata.generation ?? 0))
  }
  for (const [key, findings] of rejected)
    if (!found.has(key)) found.set(key, statusOf(withRejection(NO_VERDICT, findings), [], 0))
  return found
}

const NO_VERDICT: Verdict = { problems: [], notes: [] }

/** All resources of a snapshot with their keys. */
export function* resourcesOf(snapshot: Snapshot): Generator<readonly [ResourceKey, Resource]> {
  const kinds: readonly (readonly ['VirtualService' | 'Target' | 'Rule' | 'Route', ByName<Resource>])[] = [
    ['VirtualService', snapshot.virtualServices],
    ['Target', snapshot.targets],
    ['Rule', snapshot.rules],
    ['Route', snapshot.routes],
  ]
  for (const [kind, resources] of kinds)
    for (const [name, resource] of resources) yield [`${kind}/${name}` as ResourceKey, resource]
}

/** One resource on one proxy. */
type Placement = {
  readonly proxy: string
  readonly programmed: boolean
  readonly reason: ConditionReason
  readonly message: string
}

function placementsOf(proxies: ReadonlyMap<string, ProxyReport>): ReadonlyMap<ResourceKey, readonly Placement[]> {
  const placements = new Map<ResourceKey, Placement[]>()
  for (const [proxy, report] of proxies) {
    const place = placer(proxy, report)
    for (const [key, ids] of report.desired.parts) {
      const held = placements.get(key)
      if (held) held.push(place(ids))
      else placements.set(key, [place(ids)])
    }
  }
  return placements
}

function placer(proxy: string, report: ProxyReport): (ids: readonly ObjectId[]) => Placement {
  const { desired, failures, error, phase } = report
  if (error) return () => ({ proxy, programmed: false, ...unreachable(error) })
  const holds = phase === 'converged' ? () => true : holder(report.live, desired.config)
  return ids => {
    const missing = ids.filter(id => !holds(id))
    if (missing.length > 0) return { proxy, programmed: false, ...lacking(missing, failures) }
    const ended = ids.some(({ kind, name }) => kind === 'listener' && report.endedSessions.has(name))
    return { proxy, programmed: true, reason: ended ? 'SessionsEnded' : 'Programmed', message: '' }
  }
}

function unreachable({ code, message }: NonNullable<ProxyReport['error']>): Pick<Placement, 'reason' | 'message'> {
  return { reason: code === 'locked-out' ? 'ProxyLockedOut' : 'ProxyUnreachable', message }
}

/** Reasons for which a proxy does not hold an object, by the code of the failure. */
const FAILURE_REASONS: { readonly [code: string]: ConditionReason } = {
  'address-in-use': 'PortBusy',
  'no-effect': 'NoEffect',
  deadly: 'ProxyDies',
}

function lacking(
  missing: readonly ObjectId[],
  failures: ProxyReport['failures'],
): Pick<Placement, 'reason' | 'message'> {
  for (const id of missing) {
    const failure = failures.get(keyOf(id))
    if (failure) return { reason: FAILURE_REASONS[failure.code] ?? 'Refused', message: failure.message }
  }
  return { reason: 'Pending', message: `${missing.length} of its objects are still to be made` }
}

function holder(live: Config | undefined, desired: Config): (id: ObjectId) => boolean {
  if (!live) return () => false
  const endpoints = placedEndpoints(live.clusters.values())
  return ({ kind, name }) => {
    switch (kind) {
      case 'endpoint':
        return endpoints.has(name)
      case 'cluster':
        return isDeepStrictEqual(live.clusters.get(name)?.spec, desired.clusters.get(name)?.spec)
      case 'route':
        return isDeepStrictEqual(live.routes.get(name), desired.routes.get(name))
      case 'rule':
        return isDeepStrictEqual(live.rules.get(name), desired.rules.get(name))
      case 'rulelist':
        return isDeepStrictEqual(live.rulelists.get(name), desired.rulelists.get(name))
      case 'listener':
        return isDeepStrictEqual(live.listeners.get(name), desired.listeners.get(name))
    }
  }
}

function statusOf({ problems, notes }: Verdict, placements: readonly Placement[], generation: number): ResourceStatus {
  const programmed = placements.filter(placement => placement.programmed).length
  return {
    observedGeneration: generation,
    conditions: [
      verdictOn('Accepted', problems, notes),
      verdictOn('ResolvedRefs', problems, []),
      programmedCondition(placements, problems),
    ],
    proxies: { selected: placements.length, programmed },
  }
}

function verdictOn(
  type: 'Accepted' | 'ResolvedRefs',
  all: readonly Problem[],
  notes: readonly string[],
): ResourceCondition {
  const problems = all.filter(({ condition }) => condition === type)
  const [first] = problems
  if (!first) return { type, status: 'True', reason: type, message: notes.join('; ') }
  const message = problems.map(({ path, message: text }) => (path ? `${path}: ${text}` : text)).join('; ')
  return { type, status: 'False', reason: first.reason, message }
}

function programmedCondition(placements: readonly Placement[], problems: readonly Problem[]): ResourceCondition {
  const type = 'Programmed'
  if (placements.length === 0) return notPlaced(problems)
  const missing = placements.filter(({ programmed }) => !programmed)
  const [first] = missing
  if (first) {
    const count = `${placements.length - missing.length} of ${placements.length} proxies hold it`
    const others = missing.length > 1 ? ` (and ${missing.length - 1} more)` : ''
    return {
      type,
      status: 'False',
      reason: first.reason,
      message: `${count}; ${first.proxy}: ${first.message}${others}`,
    }
  }
  const ended = placements.filter(({ reason }) => reason === 'SessionsEnded').length
  const count = `${placements.length} of ${placements.length} proxies hold it`
  if (ended === 0) return { type, status: 'True', reason: 'Programmed', message: count }
  const message = `${count}; the listener was replaced on ${ended} of them, which ended its sessions`
  return { type, status: 'True', reason: 'SessionsEnded', message }
}

function notPlaced(problems: readonly Problem[]): ResourceCondition {
  const refused = problems.some(({ condition }) => condition === 'Accepted')
  return refused
    ? {
        type: 'Programmed',
        status: 'False',
        reason: 'NotAccepted',
        message: 'No proxy is given it before it is accepted',
      }
    : {
        type: 'Programmed',
        status: 'False',
        reason: 'NoProxy',
        message: 'No proxy is selected, or nothing refers to it',
      }
}

function withRejection(
  verdict: Verdict,
  findings: Rejections extends ReadonlyMap<ResourceKey, infer F> ? F | undefined : never,
): Verdict {
  if (!findings || findings.length === 0) return verdict
  const problems = findings.map(
    ({ path, message, help }): Problem => ({
      condition: 'Accepted',
      reason: 'Invalid',
      path,
      message: `${message}; ${help}`,
    }),
  )
  return { ...verdict, problems: [...problems, ...verdict.problems] }
}
