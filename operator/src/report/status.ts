/**
 * What has become of every resource, computed from what is desired and what was read back, and from nothing else. The
 * last stage of the flow; pure. Where status is written, and since when a condition holds, is decided by who writes it.
 */
import { type Compare, type Config, createCompare, keyOf, type ObjectId, type ObjectKey } from '@l7mesh/proxy-client'
import type { ByName, Resource, ResourceKey, Snapshot } from '../sources/snapshot.ts'
import type { DesiredFleet, DesiredProxy, Problem, Verdict } from '../translate/desired.ts'
import { lackingIn } from './lacking.ts'
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
  /** A newer generation, which was refused: Accepted is about that one, and the rest about the one in force. */
  readonly refusedGeneration?: number
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
  /** The newest generation of a resource that was refused. Default: 0, or that of the version in force. */
  readonly generationOf?: ((key: ResourceKey) => number | undefined) | undefined
}

export type Statuses = ReadonlyMap<ResourceKey, ResourceStatus>

export function statuses(input: StatusInput): Statuses {
  return createStatuses()(input)
}

/** Computes statuses again and again: where nothing has changed for a resource, its status is the same object. */
export function createStatuses(): (input: StatusInput) => Statuses {
  let before: ReadonlyMap<ResourceKey, Judged> = new Map()
  const programmedOn = programmedPlacements()
  const compare = createCompare()
  return ({ snapshot, fleet, proxies, rejected, generationOf }) => {
    const placements = placementsOf(proxies, programmedOn, compare)
    const judged = new Map<ResourceKey, Judged>()
    const judge = (key: ResourceKey, generation = 0) => {
      const verdict = withRejection(fleet.verdicts.get(key) ?? NO_VERDICT, rejected.get(key))
      const newest = rejected.has(key) ? (generationOf?.(key) ?? generation) : generation
      const grounds = { verdict, placements: placements.get(key) ?? NOWHERE, generation, newest }
      judged.set(key, judgedAgain(before.get(key), grounds))
    }
    for (const [key, { metadata }] of resourcesOf(snapshot)) judge(key, metadata.generation)
    for (const key of rejected.keys()) if (!judged.has(key)) judge(key, generationOf?.(key))
    before = judged
    return new Map(Array.from(judged, ([key, { status }]) => [key, status]))
  }
}

/** What a status says, and what it was made of. */
type Judged = Grounds & { readonly status: ResourceStatus }
type Grounds = {
  readonly verdict: Verdict
  readonly placements: readonly Placement[]
  readonly generation: number
  readonly newest: number
}

function judgedAgain(before: Judged | undefined, grounds: Grounds): Judged {
  const { verdict, placements, generation, newest } = grounds
  const isSame =
    before?.verdict === verdict &&
    before.generation === generation &&
    before.newest === newest &&
    before.placements.length === placements.length &&
    before.placements.every((placement, index) => placement === placements[index])
  return isSame ? before : { ...grounds, status: statusOf(grounds) }
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

const NOWHERE: readonly Placement[] = []

type ProgrammedOn = (proxy: string) => Placement

/** That a proxy holds all of it, as one object for each proxy. */
function programmedPlacements(): ProgrammedOn {
  const known = new Map<string, Placement>()
  return proxy => {
    const placement = known.get(proxy) ?? { proxy, programmed: true, reason: 'Programmed', message: '' }
    known.set(proxy, placement)
    return placement
  }
}

function placementsOf(
  proxies: ReadonlyMap<string, ProxyReport>,
  programmedOn: ProgrammedOn,
  compare: Compare,
): ReadonlyMap<ResourceKey, readonly Placement[]> {
  const placements = new Map<ResourceKey, Placement[]>()
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

function placer(programmed: Placement, report: ProxyReport, compare: Compare): (ids: readonly ObjectId[]) => Placement {
  const { desired, failures, error, phase, endedSessions } = report
  const { proxy } = programmed
  if (phase === 'converged' && !error && endedSessions.size === 0) return () => programmed
  if (error) return () => ({ proxy, programmed: false, ...unreachable(error) })
  const holds = phase === 'converged' ? () => true : holder(report.live, desired.config, compare)
  return ids => {
    const missing = ids.filter(id => !holds(id))
    if (missing.length > 0) return { proxy, programmed: false, ...lacking(missing, failures) }
    const ended = ids.some(({ kind, name }) => kind === 'listener' && endedSessions.has(name))
    return ended ? { ...programmed, reason: 'SessionsEnded' } : programmed
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

function holder(live: Config | undefined, desired: Config, compare: Compare): (id: ObjectId) => boolean {
  if (!live) return () => false
  const lacking = lackingIn(live, desired, compare)
  return ({ kind, name }) => !lacking[kind].has(name)
}

function statusOf({ verdict: { problems, notes }, placements, generation, newest }: Grounds): ResourceStatus {
  const programmed = placements.filter(placement => placement.programmed).length
  return {
    observedGeneration: generation,
    ...(newest !== generation && { refusedGeneration: newest }),
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
