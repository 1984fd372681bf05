/**
 * The status of every resource, computed from the desired fleet and from the live configs of proxies. The last stage of
 * the flow; pure. The writers decide where status is written, and keep the transition times of conditions.
 */

import { copy } from '@l7mesh/proxy-client'
import { KINDS, RESOURCE_FIELDS } from '../kinds/kinds.ts'
import { NOTHING_RESOLVED, type Resolutions } from '../resolve/resolutions.ts'
import type { Resource, ResourceKey, Snapshot } from '../sources/snapshot.ts'
import type { DesiredFleet, Destination, Problem, Verdict } from '../translate/desired.ts'
import { type EndpointsStatus, endpointsOf } from './endpoints-condition.ts'
import { joinedMessage } from './message.ts'
import { createPlacementTally, type PlacementSummary, type TallyOptions } from './placement-tally.ts'
import type { ProxyReport } from './placements.ts'
import type { ConditionReason } from './reasons.ts'
import { isStubResource, STUB_PROGRAMMED } from './stub-status.ts'

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
  /** A newer generation, which was rejected. Accepted refers to it, the other conditions to `observedGeneration`. */
  readonly refusedGeneration?: number
  readonly conditions: readonly ResourceCondition[]
  readonly proxies: { readonly selected: number; readonly programmed: number }
  readonly endpoints: EndpointsStatus
}

/** The findings of resources whose newest version was rejected by the source. */
export type Rejections = ReadonlyMap<
  ResourceKey,
  readonly { readonly path: string; readonly message: string; readonly help: string }[]
>

export type StatusInput = {
  readonly snapshot: Snapshot
  readonly fleet: DesiredFleet
  readonly proxies: ReadonlyMap<string, ProxyReport>
  readonly rejected: Rejections
  /** Default: no name is resolved. */
  readonly resolved?: Resolutions
  /** The newest generation of a rejected resource. Default: 0, or that of the version in use. */
  readonly generationOf?: ((key: ResourceKey) => number | undefined) | undefined
}

export type Statuses = ReadonlyMap<ResourceKey, ResourceStatus>

export function statuses(input: StatusInput): Statuses {
  return createStatuses()(input)
}

/**
 * Computes statuses incrementally. The status of an unchanged resource is the same object; if nothing changed, the result is
 * the same map.
 */
export function createStatuses(options: TallyOptions = {}): (input: StatusInput) => Statuses {
  const tally = createPlacementTally(options)
  let last: Computed | undefined
  return input => {
    const moved = tally.update(input.proxies)
    const isAsBefore = last !== undefined && hasSameResources(last.input, input)
    last =
      isAsBefore && last ? judgedSome(last, input, moved, tally.summaryOf) : judgedAll(last, input, tally.summaryOf)
    return last.statuses
  }
}

type Computed = {
  readonly input: StatusInput
  /** Not shared, and therefore updated in place. */
  readonly judged: Map<ResourceKey, Judged>
  readonly statuses: Statuses
}
type SummaryOf = (key: ResourceKey) => PlacementSummary | undefined

/** Whether the inputs differ at most in proxies and in the findings of rejected resources. */
function hasSameResources(a: StatusInput, b: StatusInput): boolean {
  return (
    a.snapshot === b.snapshot &&
    a.fleet === b.fleet &&
    a.resolved === b.resolved &&
    a.rejected.size === b.rejected.size &&
    a.rejected.keys().every(key => b.rejected.has(key))
  )
}

/** `keys`: the resources whose placements changed. */
function judgedSome(
  { judged, statuses }: Computed,
  input: StatusInput,
  keys: ReadonlySet<ResourceKey>,
  summaryOf: SummaryOf,
): Computed {
  let changed: Map<ResourceKey, ResourceStatus> | undefined
  for (const key of keys.union(new Set(input.rejected.keys()))) {
    const before = judged.get(key)
    if (before === undefined) continue
    const isInUse = before.resource !== undefined
    const generation = isInUse ? before.generation : (input.generationOf?.(key) ?? 0)
    const now = judgedAgain(before, factsOf(key, before.resource, generation, input, summaryOf))
    judged.set(key, now)
    if (now.status === before.status) continue
    changed ??= copy(statuses)
    changed.set(key, now.status)
  }
  return { input, judged, statuses: changed ?? statuses }
}

function judgedAll(last: Computed | undefined, input: StatusInput, summaryOf: SummaryOf): Computed {
  const judged = new Map<ResourceKey, Judged>()
  const statuses = new Map<ResourceKey, ResourceStatus>()
  const judge = (key: ResourceKey, resource: Resource | undefined, generation = 0) => {
    const now = judgedAgain(last?.judged.get(key), factsOf(key, resource, generation, input, summaryOf))
    judged.set(key, now)
    statuses.set(key, now.status)
  }
  for (const [key, resource] of resourcesOf(input.snapshot)) judge(key, resource, resource.metadata.generation)
  for (const key of input.rejected.keys()) if (!judged.has(key)) judge(key, undefined, input.generationOf?.(key))
  return { input, judged, statuses }
}

/** A status with its input. */
type Judged = Facts & { readonly status: ResourceStatus }
type Facts = {
  /** The version in use; undefined if there is none. */
  readonly resource: Resource | undefined
  readonly verdict: Verdict
  readonly placements: PlacementSummary | undefined
  readonly generation: number
  readonly newest: number
  readonly destinations: readonly Destination[]
  readonly resolved: Resolutions
  /** It is a VirtualService without a listener. */
  readonly isStub: boolean
}

function factsOf(
  key: ResourceKey,
  resource: Resource | undefined,
  generation: number,
  { fleet, rejected, generationOf, resolved = NOTHING_RESOLVED }: StatusInput,
  summaryOf: SummaryOf,
): Facts {
  const destinations = fleet.destinations.get(key) ?? NOTHING
  const findings = rejected.get(key)
  return {
    resource,
    verdict: withRejection(fleet.verdicts.get(key) ?? NO_VERDICT, findings),
    placements: summaryOf(key),
    generation,
    newest: findings ? (generationOf?.(key) ?? generation) : generation,
    destinations,
    resolved: destinations.some(({ names }) => names.length > 0) ? resolved : NOTHING_RESOLVED,
    isStub: resource !== undefined && isStubResource(resource),
  }
}

function judgedAgain(before: Judged | undefined, facts: Facts): Judged {
  const isSame =
    before?.verdict === facts.verdict &&
    before.placements === facts.placements &&
    before.generation === facts.generation &&
    before.newest === facts.newest &&
    before.destinations === facts.destinations &&
    before.resolved === facts.resolved &&
    before.isStub === facts.isStub
  if (!isSame) return { ...facts, status: statusOf(facts) }
  return before.resource === facts.resource ? before : { ...before, resource: facts.resource }
}

const NO_VERDICT: Verdict = { problems: [], notes: [] }
const NOTHING: readonly never[] = []

/** All resources of a snapshot with their keys. */
export function* resourcesOf(snapshot: Snapshot): Generator<readonly [ResourceKey, Resource]> {
  for (const field of RESOURCE_FIELDS)
    for (const [name, resource] of snapshot[field]) yield [`${KINDS[field].kind}/${name}` as ResourceKey, resource]
}

function statusOf({ verdict, placements = NO_PLACEMENTS, generation, newest, ...facts }: Facts): ResourceStatus {
  const { destinations, resolved, isStub } = facts
  const { problems, notes } = verdict
  const { condition, endpoints } = endpointsOf(destinations, resolved, problems)
  return {
    observedGeneration: generation,
    ...(newest !== generation && { refusedGeneration: newest }),
    conditions: [
      verdictOn('Accepted', problems, notes),
      verdictOn('ResolvedRefs', problems, []),
      programmedCondition(placements, problems, isStub),
      condition,
    ],
    proxies: { selected: placements.selected, programmed: placements.programmed },
    endpoints,
  }
}

const NO_PLACEMENTS: PlacementSummary = { selected: 0, programmed: 0, firstMissing: undefined, ended: 0, stranded: 0 }

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
  placements: PlacementSummary,
  problems: readonly Problem[],
  isStub: boolean,
): ResourceCondition {
  const type = 'Programmed'
  const { selected, programmed, firstMissing } = placements
  if (selected === 0) return notPlaced(problems, isStub)
  if (!firstMissing) return { type, status: 'True', ...heldEverywhere(placements) }
  const { proxy, reason, message } = firstMissing
  const missing = selected - programmed
  const others = missing > 1 ? ` (and ${missing - 1} more)` : ''
  const count = `programmed on ${programmed} of ${selected} proxies`
  return { type, status: 'False', reason, message: `${count}; ${proxy}: ${message}${others}` }
}

function heldEverywhere({
  selected,
  ended,
  stranded,
}: PlacementSummary): Pick<ResourceCondition, 'reason' | 'message'> {
  const count = `programmed on ${selected} of ${selected} proxies`
  if (ended > 0) {
    const message = `${count}; its listener was replaced on ${ended} of them, which ended the sessions`
    return { reason: 'SessionsEnded', message }
  }
  if (stranded === 0) return { reason: 'Programmed', message: count }
  const advice =
    'to move them, set `retry.retry_on` of the route to `disconnect` or `always` (only for routes from UDP to UDP)'
  return { reason: 'SessionsStranded', message: `${count}; UDP sessions on removed pods: ${stranded}; ${advice}` }
}

function notPlaced(problems: readonly Problem[], isStub: boolean): ResourceCondition {
  const type = 'Programmed'
  if (problems.some(({ condition }) => condition === 'Accepted'))
    return { type, status: 'False', reason: 'NotAccepted', message: 'No proxy holds it: see Accepted' }
  if (isStub) return STUB_PROGRAMMED
  return { type, status: 'False', reason: 'NoProxy', message: 'No proxy is selected, or no resource refers to it' }
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
