/**
 * An overview of a mesh as plain data, for the output of commands: computed from a report, or from one read of the proxies.
 * Pure.
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
  /** The number of objects of l7mesh in its live config; undefined if that is unknown. */
  readonly objects: number | undefined
  /** The number of objects in its desired config. */
  readonly desired: number
  /** The number of its sessions, if they are counted. */
  readonly sessions?: number
  /** Why it is unreachable, and the failures of its objects. */
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
  /** FILE:LINE, if it comes from a file. */
  readonly where: string | undefined
  readonly observedGeneration: number
  readonly conditions: readonly ShownCondition[]
  readonly proxies: { readonly selected: number; readonly programmed: number }
  readonly endpoints: { readonly ready: number; readonly total: number }
}

/** `reason`: any text, because it can come from an operator of another version. */
export type ShownCondition = Pick<ResourceCondition, 'type' | 'status' | 'message'> & { readonly reason: string }

export type OverviewInput = {
  readonly proxies: ReadonlyMap<string, ProxyReport>
  /** By proxy, if they were counted. */
  readonly sessions?: ReadonlyMap<string, number>
  readonly pods: ByName<Pod>
  readonly statuses: ReadonlyMap<ResourceKey, ResourceStatus>
  readonly problems: readonly SourceProblem[]
  /** The location of each object, by its key in the folder source. */
  readonly located: ReadonlyMap<string, string>
  /** The cached comparisons of the configs of `proxies`. Default: a new cache. */
  readonly compare?: Compare
}

export function overviewOf(input: OverviewInput): Overview {
  return createOverviews()(input)
}

export type Overviews = (input: OverviewInput) => Overview

/** Computes overviews incrementally: an unchanged row is the same object in the next overview. */
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

/** Returns the same counter until `compare` changes. */
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

/** All resources are programmed with endpoints, all proxies have converged, and there are no problems. */
export function isGood({ proxies, resources, problems }: Overview): boolean {
  const programmed = resources.every(({ conditions }) => conditions.every(({ status }) => status === 'True'))
  return programmed && problems.every(({ isNote }) => isNote) && proxies.every(({ phase }) => phase === 'converged')
}

/** NoProxy has no meaning if there are no proxies, nor has NoEndpoints while pods start. */
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

/** Container statuses are optional: only a pod runner or a cluster reports them. */
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
