/**
 * What has become of every resource, computed from what is desired and what was read back, and from nothing else. The
 * last stage of the flow; pure. Where status is written, and since when a condition holds, is decided by who writes it.
 */
import { createCompare } from '@l7mesh/proxy-client'
import { KINDS, RESOURCE_FIELDS } from '../kinds/kinds.ts'
import { NOTHING_RESOLVED, type Resolutions } from '../resolve/resolutions.ts'
import type { Resource, ResourceKey, Snapshot } from '../sources/snapshot.ts'
import type { DesiredFleet, Destination, Problem, Verdict } from '../translate/desired.ts'
import { type EndpointsStatus, endpointsOf } from './endpoints-condition.ts'
import { joinedMessage } from './message.ts'
import { type ProxyReport, placementsOf, programmedPlacements, type ResourcePlacement } from './placements.ts'
import type { ConditionReason } from './reasons.ts'
import { isStubIn, STUB_IN_FORCE } from './stub-status.ts'

export type { ProxyReport } from './placements.ts'

export type ConditionType = 'Accepted' | 'ResolvedRefs' | 'Programmed' | 'EndpointsReady'
export type ResourceCondition = {
  readonly type: ConditionType
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: ConditionReason
  readonly message: string
}
export type ResourceStatus = {
  readonly observedGeneration: number
  /** A newer generation, which was refused: Accepted is about that one, and the rest about the one in force. */
  readonly refusedGeneration?: number
  readonly conditions: readonly ResourceCondition[]
  readonly proxies: { readonly selected: number; readonly programmed: number }
  readonly endpoints: EndpointsStatus
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
  /** Default: nothing is known of any name. */
  readonly resolved?: Resolutions
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
  return ({ snapshot, fleet, proxies, rejected, generationOf, resolved = NOTHING_RESOLVED }) => {
    const placements = placementsOf(proxies, programmedOn, compare)
    const judged = new Map<ResourceKey, Judged>()
    const judge = (key: ResourceKey, generation = 0) => {
      const verdict = withRejection(fleet.verdicts.get(key) ?? NO_VERDICT, rejected.get(key))
      const destinations = fleet.destinations.get(key) ?? NOTHING
      const grounds: Grounds = {
        verdict,
        placements: placements.get(key) ?? NOTHING,
        generation,
        newest: rejected.has(key) ? (generationOf?.(key) ?? generation) : generation,
        destinations,
        resolved: destinations.some(({ names }) => names.length > 0) ? resolved : NOTHING_RESOLVED,
        isStub: isStubIn(snapshot, key),
      }
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
  readonly placements: readonly ResourcePlacement[]
  readonly generation: number
  readonly newest: number
  readonly destinations: readonly Destination[]
  readonly resolved: Resolutions
  /** It is a VirtualService that makes no listener. */
  readonly isStub: boolean
}

function judgedAgain(before: Judged | undefined, grounds: Grounds): Judged {
  const { placements } = grounds
  const isSame =
    before?.verdict === grounds.verdict &&
    before.generation === grounds.generation &&
    before.newest === grounds.newest &&
    before.destinations === grounds.destinations &&
    before.resolved === grounds.resolved &&
    before.isStub === grounds.isStub &&
    before.placements.length === placements.length &&
    before.placements.every((placement, index) => placement === placements[index])
  return isSame ? before : { ...grounds, status: statusOf(grounds) }
}

const NO_VERDICT: Verdict = { problems: [], notes: [] }
const NOTHING: readonly never[] = []

/** All resources of a snapshot with their keys. */
export function* resourcesOf(snapshot: Snapshot): Generator<readonly [ResourceKey, Resource]> {
  for (const field of RESOURCE_FIELDS)
    for (const [name, resource] of snapshot[field]) yield [`${KINDS[field].kind}/${name}` as ResourceKey, resource]
}

function statusOf({ verdict, placements, generation, newest, ...grounds }: Grounds): ResourceStatus {
  const { destinations, resolved, isStub } = grounds
  const { problems, notes } = verdict
  const { condition, endpoints } = endpointsOf(destinations, resolved, problems)
  const programmed = placements.filter(placement => placement.programmed).length
  return {
    observedGeneration: generation,
    ...(newest !== generation && { refusedGeneration: newest }),
    conditions: [
      verdictOn('Accepted', problems, notes),
      verdictOn('ResolvedRefs', problems, []),
      programmedCondition(placements, problems, isStub),
      condition,
    ],
    proxies: { selected: placements.length, programmed },
    endpoints,
  }
}

function verdictOn(
  type: 'Accepted' | 'ResolvedRefs',
  all: readonly Problem[],
  notes: readonly string[],
): ResourceCondition {
  const problems = all.filter(({ condition }) => condition === type)
  const [first] = problems
  if (!first) return { type, status: 'True', reason: type, message: joinedMessage(notes) }
  const message = joinedMessage(problems.map(({ path, message: text }) => (path ? `${path}: ${text}` : text)))
  return { type, status: 'False', reason: first.reason, message }
}

function programmedCondition(
  placements: readonly ResourcePlacement[],
  problems: readonly Problem[],
  isStub: boolean,
): ResourceCondition {
  const type = 'Programmed'
  if (placements.length === 0) return notPlaced(problems, isStub)
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
  return { type, status: 'True', ...heldEverywhere(placements) }
}

function heldEverywhere(placements: readonly ResourcePlacement[]): Pick<ResourceCondition, 'reason' | 'message'> {
  const count = `${placements.length} of ${placements.length} proxies hold it`
  const ended = placements.filter(({ reason }) => reason === 'SessionsEnded').length
  if (ended > 0) {
    const message = `${count}; the listener was replaced on ${ended} of them, which ended its sessions`
    return { reason: 'SessionsEnded', message }
  }
  const stranded = placements.reduce((sum, placement) => sum + (placement.stranded ?? 0), 0)
  if (stranded === 0) return { reason: 'Programmed', message: count }
  const advice =
    'set `retry.retry_on` of the route to `disconnect` or `always` to have them moved, which takes a route of UDP alone'
  return { reason: 'SessionsStranded', message: `${count}; UDP sessions on pods that are gone: ${stranded}; ${advice}` }
}

function notPlaced(problems: readonly Problem[], isStub: boolean): ResourceCondition {
  const type = 'Programmed'
  if (problems.some(({ condition }) => condition === 'Accepted'))
    return { type, status: 'False', reason: 'NotAccepted', message: 'No proxy is given it before it is accepted' }
  if (isStub) return STUB_IN_FORCE
  return { type, status: 'False', reason: 'NoProxy', message: 'No proxy is selected, or nothing refers to it' }
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
