/**
 * What there is to tell of a mesh, as plain data for people and programs: made of a report, or of what one look at the
 * proxies found. All that commands show comes from here. Pure.
 */
import type { Compare } from '@l7mesh/proxy-client'
import { originOf } from '../converge/origin.ts'
import type { Pod } from '../kinds/core-types.ts'
import type { ByName, ResourceKey, SourceProblem } from '../sources/snapshot.ts'
import { createObjectCounter, type ObjectCounter } from './object-counter.ts'
import type { ProxyReport } from './placements.ts'
import type { ResourceCondition, ResourceStatus } from './status.ts'

export type Overview = {
  readonly proxies: readonly ProxyOverview[]
  /** The pods that are not proxies. */
  readonly pods: readonly PodOverview[]
  readonly resources: readonly ResourceOverview[]
  readonly problems: readonly SourceProblem[]
}

export type ProxyOverview = {
  /** `NAMESPACE/NAME` of its pod. */
  readonly proxy: string
  readonly address: string
  readonly phase: ProxyReport['phase']
  /** How many objects of ours it holds; undefined while that is not known. */
  readonly objects: number | undefined
  /** How many it should hold. */
  readonly desired: number
  /** How many sessions go through it, where they are counted. */
  readonly sessions?: number
  /** Why it cannot be talked to, and what it does not take. */
  readonly problems: readonly string[]
}

export type PodOverview = {
  readonly pod: string
  readonly address: string | undefined
  readonly state: string
  readonly ready: boolean
  readonly restarts: number
}

export type ResourceOverview = {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  /** FILE:LINE, where it comes from a file. */
  readonly where: string | undefined
  readonly observedGeneration: number
  readonly conditions: readonly ShownCondition[]
  readonly proxies: { readonly selected: number; readonly programmed: number }
  readonly endpoints: { readonly ready: number; readonly total: number }
}

/** Reasons come also from operators of other versions. */
export type ShownCondition = Pick<ResourceCondition, 'type' | 'status' | 'message'> & { readonly reason: string }

export type OverviewInput = {
  readonly proxies: ReadonlyMap<string, ProxyReport>
  /** By proxy, where they were counted. */
  readonly sessions?: ReadonlyMap<string, number>
  readonly pods: ByName<Pod>
  readonly statuses: ReadonlyMap<ResourceKey, ResourceStatus>
  readonly problems: readonly SourceProblem[]
  /** Where each object is written, by the key that the folder source gives it. */
  readonly located: ReadonlyMap<string, string>
  /** Where the configs of the proxies have been compared. Default: nowhere */
  readonly compare?: Compare
}

export function overviewOf(input: OverviewInput): Overview {
  return createOverviews()(input)
}

export type Overviews = (input: OverviewInput) => Overview

/** Makes overviews again and again. What has not changed is the same object in the next one. */
export function createOverviews(): Overviews {
  const counterOf = countersBy()
  const proxyRows = new Map<string, ProxyRow>()
  const resourceRows = new Map<ResourceKey, ResourceRow>()
  const ofProxy = (key: string, report: ProxyReport, sessions: number | undefined, counter: ObjectCounter) => {
    const known = proxyRows.get(key)
    if (known?.report === report && known.overview.sessions === sessions) return known.overview
    const overview = proxyOverview(key, report, sessions, counter)
    proxyRows.set(key, { report, overview })
    return overview
  }
  const ofResource = (key: ResourceKey, status: ResourceStatus, where: string | undefined) => {
    const known = resourceRows.get(key)
    if (known?.status === status && known.overview.where === where) return known.overview
    const overview = resourceOverview(key, status, where)
    resourceRows.set(key, { status, overview })
    return overview
  }
  return ({ proxies, sessions, pods, statuses, problems, located, compare }) => {
    const counter = counterOf(compare)
    forgetOthers(proxyRows, proxies)
    forgetOthers(resourceRows, statuses)
    return {
      proxies: Array.from(proxies, ([key, report]) => ofProxy(key, report, sessions?.get(key), counter)).sort(
        by(({ proxy }) => proxy),
      ),
      pods: [...pods]
        .filter(([key]) => !proxies.has(key))
        .map(([key, pod]) => podOverview(key, pod))
        .sort(by(({ pod }) => pod)),
      resources: Array.from(statuses, ([key, status]) => ofResource(key, status, located.get(`l7mp.io/${key}`))),
      problems,
    }
  }
}

/** The same counter for as long as the same comparisons are given. */
function countersBy(): (compare: Compare | undefined) => ObjectCounter {
  let last: { readonly compare: Compare | undefined; readonly counter: ObjectCounter } | undefined
  return compare => {
    if (!last || last.compare !== compare) last = { compare, counter: createObjectCounter(compare) }
    return last.counter
  }
}

type ProxyRow = { readonly report: ProxyReport; readonly overview: ProxyOverview }
type ResourceRow = { readonly status: ResourceStatus; readonly overview: ResourceOverview }

function forgetOthers<K>(rows: Map<K, unknown>, held: ReadonlyMap<K, unknown>): void {
  for (const key of rows.keys()) if (!held.has(key)) rows.delete(key)
}

/** True where everything is as it should be. */
export function isGood({ proxies, resources, problems }: Overview): boolean {
  const programmed = resources.every(({ conditions }) => conditions.every(({ status }) => status === 'True'))
  return programmed && problems.every(({ isNote }) => isNote) && proxies.every(({ phase }) => phase === 'converged')
}

/** Before there is any proxy, that none is selected says nothing; nor, while pods are being started, that none is ready. */
export function isMeaningless({ proxies, pods }: Overview, { reason }: ShownCondition): boolean {
  if (reason === 'NoProxy') return proxies.length === 0
  return reason === 'NoEndpoints' && (proxies.length === 0 || pods.some(({ state }) => STARTING.has(state)))
}

const STARTING: ReadonlySet<string> = new Set(['pending', 'ContainerCreating'])

function by<T>(name: (value: T) => string): (a: T, b: T) => number {
  return (a, b) => (name(a) < name(b) ? -1 : 1)
}

export function proxyOverview(
  key: string,
  { desired, phase, live, error, failures }: ProxyReport,
  sessions?: number,
  counter: ObjectCounter = createObjectCounter(),
): ProxyOverview {
  const { address, port } = desired.proxy
  return {
    proxy: key,
    address: originOf(address, port).replace('http://', ''),
    phase,
    objects: live && counter.live(live, desired.config),
    desired: counter.desired(desired.config),
    ...(sessions !== undefined && { sessions }),
    problems: [...(error ? [error.message] : []), ...[...failures.values()].map(({ message }) => message)],
  }
}

type ShownContainerState = {
  readonly waiting?: { readonly reason?: string }
  readonly terminated?: { readonly reason?: string }
}
type WithContainers = {
  readonly containerStatuses?: readonly { readonly restartCount?: number; readonly state?: ShownContainerState }[]
}

export function podOverview(key: string, { metadata, status }: Pod): PodOverview {
  const containers = containersOf(status)
  const ready = status?.conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True') ?? false
  const halted = containers.flatMap(({ state }) => state?.waiting?.reason ?? state?.terminated?.reason ?? [])[0]
  const running = ready ? 'ready' : (status?.phase ?? 'Unknown').toLowerCase()
  return {
    pod: key,
    address: status?.podIP,
    state: metadata.deletionTimestamp === undefined ? (halted ?? running) : 'ending',
    ready,
    restarts: containers.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0),
  }
}

/** Not part of the Pods that make a mesh, but there where a pod runner or a cluster reports it. */
function containersOf(
  status: (Pod['status'] & WithContainers) | undefined,
): NonNullable<WithContainers['containerStatuses']> {
  return Array.isArray(status?.containerStatuses) ? status.containerStatuses : []
}

function resourceOverview(
  key: ResourceKey,
  { conditions, observedGeneration, proxies, endpoints: { ready, total } }: ResourceStatus,
  where: string | undefined,
): ResourceOverview {
  const [kind = '', namespace = '', name = ''] = key.split('/')
  return { kind, namespace, name, where, observedGeneration, conditions, proxies, endpoints: { ready, total } }
}
