/**
 * The overview of a mesh in a cluster, as plain data: the leader, the statuses that the operator has written, and the
 * live state of the proxies. Pure.
 */
import { isRecord } from '@l7mesh/crds'
import type { RawObject } from '../../raw-object.ts'
import { ago, count } from '../../report/formatting.ts'
import { createObjectCounter } from '../../report/object-counter.ts'
import {
  isGood,
  type Overview,
  type PodOverview,
  type ProxyOverview,
  podOverview,
  proxyOverview,
  type ResourceOverview,
  type ShownCondition,
} from '../../report/overview.ts'
import type { ValidatedResource } from '../../sources/kubernetes/validated-resource.ts'
import type { Resource, ResourceKey } from '../../sources/snapshot.ts'
import { proxyOf } from '../../translate/lookup/pods.ts'
import type { ObservedCluster } from '../cluster/observe-cluster.ts'
import type { Leadership, LeaseName } from '../cluster/operators.ts'
import type { Inspection } from './inspect-proxies.ts'

export type ClusterOverview = {
  /** `context dev of /home/ann/.kube/config` */
  readonly cluster: string
  /** undefined: all. */
  readonly namespace: string | undefined
  readonly lease: LeaseOverview
  readonly operators: readonly OperatorOverview[]
  readonly proxies: readonly ClusterProxy[]
  /** Pods with a proxy that are not ready. */
  readonly unready: readonly ClusterPod[]
  readonly resources: readonly ResourceOverview[]
  readonly problems: Overview['problems']
}

export type LeaseOverview = LeaseName & {
  readonly holder: string | undefined
  /** Milliseconds since it was renewed. */
  readonly renewedAgoMs: number | undefined
  /** False if the lease has expired. */
  readonly isHeld: boolean
}
export type ClusterPod = PodOverview & {
  readonly node: string
  /** Milliseconds. */
  readonly ageMs: number | undefined
}
export type OperatorOverview = ClusterPod & { readonly leads: boolean }
export type ClusterProxy = ProxyOverview & Pick<ClusterPod, 'node' | 'ageMs' | 'restarts'>

export type ClusterOverviewInput = {
  readonly observed: ObservedCluster
  readonly namespace: string | undefined
  readonly proxies: ReadonlyMap<string, Inspection>
  /** By proxy, for those that responded. */
  readonly sessions: ReadonlyMap<string, number>
  readonly lease: LeaseName
  /** undefined if the lease does not exist or could not be read. */
  readonly leadership: Leadership | undefined
  readonly problems: Overview['problems']
  readonly now: number
}

export function clusterOverviewOf(input: ClusterOverviewInput): ClusterOverview {
  const { observed, namespace, now } = input
  const isShown = (key: string) => namespace === undefined || key.startsWith(`${namespace}/`)
  const pods = new Map(observed.objects.pods.map(pod => [`${pod.metadata.namespace}/${pod.metadata.name}`, pod]))
  const podAt = (key: string) => clusterPod(key, pods.get(key), observed, now)
  const lease = leaseOverview(input)
  const counter = createObjectCounter()
  const resources = [...observed.resources].filter(([key]) => isShown(key.slice(key.indexOf('/') + 1)))
  const operators = observed.operators.map(({ key }) => ({ ...podAt(key), leads: leads(key, lease) }))
  return {
    cluster: observed.cluster.client.title,
    namespace,
    lease,
    operators: operators.sort(by(({ pod }) => pod)),
    proxies: [...input.proxies]
      .map(([key, report]) => {
        const { node, ageMs, restarts } = podAt(key)
        return { ...proxyOverview(key, report, input.sessions.get(key), counter), node, ageMs, restarts }
      })
      .sort(by(({ proxy }) => proxy)),
    unready: [...observed.snapshot.pods]
      .filter(([key, pod]) => isShown(key) && !observed.fleet.proxies.has(key) && proxyOf(key, pod) !== undefined)
      .map(([key]) => podAt(key))
      .sort(by(({ pod }) => pod)),
    resources: resources.map(([key, resource]) => resourceOverview(key, resource)),
    problems: [
      ...observed.problems,
      ...input.problems,
      ...leaderProblems(observed, lease),
      ...statusProblems(resources),
    ],
  }
}

/** True if all resources are programmed and all proxies are ready and converged. */
export function isClusterGood(overview: ClusterOverview): boolean {
  const isSaid = overview.resources.every(({ conditions }) => conditions.length > 0)
  const isWaiting = overview.unready.some(({ state }) => !OVER.has(state))
  return isSaid && !isWaiting && isGood({ ...overview, pods: [] })
}

/** Pods in these states do not need to become ready. */
const OVER: ReadonlySet<string> = new Set(['ending', 'succeeded', 'failed'])

function clusterPod(key: string, raw: RawObject | undefined, { snapshot }: ObservedCluster, now: number): ClusterPod {
  const pod = snapshot.pods.get(key)
  const made = Date.parse(String(raw?.metadata.creationTimestamp))
  const ageMs = Number.isNaN(made) ? undefined : Math.max(now - made, 0)
  // The snapshot contains only a part of the pod's status.
  const whole = pod && { ...pod, status: { ...pod.status, ...(isRecord(raw?.status) && raw.status) } }
  const overview = whole
    ? podOverview(key, whole)
    : { pod: key, address: undefined, state: '?', ready: false, restarts: 0 }
  return { ...overview, node: pod?.spec.nodeName ?? '', ageMs }
}

/** After this time without renewal, in milliseconds, a lease counts as expired despite clock skew. */
const EXPIRED_AFTER = 60_000

function leaseOverview({ lease, leadership, now }: ClusterOverviewInput): LeaseOverview {
  const { holder, renewedAt, durationMs = 0 } = leadership ?? {}
  const renewedAgoMs = renewedAt === undefined ? undefined : Math.max(now - renewedAt, 0)
  const isFresh = renewedAgoMs !== undefined && renewedAgoMs < Math.max(EXPIRED_AFTER, 3 * durationMs)
  return { ...lease, holder, renewedAgoMs, isHeld: holder !== undefined && isFresh }
}

/** The identity of a holder starts with the name of its pod. */
function leads(key: string, { holder, isHeld }: LeaseOverview): boolean {
  const name = key.slice(key.indexOf('/') + 1)
  return isHeld && (holder === name || holder?.startsWith(`${name}_`) === true)
}

function leaderProblems({ operators }: ObservedCluster, lease: LeaseOverview): Overview['problems'] {
  const { namespace, name, holder, renewedAgoMs, isHeld } = lease
  if (isHeld || operators.some(({ settings }) => settings?.leaderElect === false)) return []
  const where = `Lease ${namespace}/${name}`
  if (operators.length === 0)
    return [
      {
        where: 'operator',
        message: 'no operator is running: no pod has its label, and the lease is not held',
        help: 'Install it: helm install l7mp-operator. docs/install.md says how.',
      },
    ]
  const why = holder ? `${holder} has not renewed the lease for ${ago(renewedAgoMs)}` : 'the lease is not held'
  return [
    {
      where,
      message: `no operator leads: ${why}; the proxies keep their config`,
      help: 'Check the log of an operator: kubectl logs, or l7mesh collect.',
    },
  ]
}

type Keyed = readonly [ResourceKey, ValidatedResource<Resource>]

function statusProblems(resources: readonly Keyed[]): Overview['problems'] {
  const unseen = resources.filter(([, { live }]) => conditionsOf(live.status).length === 0)
  const outdated = resources.filter(
    ([, { live, metadata }]) =>
      conditionsOf(live.status).length > 0 && generationOf(live.status) < (metadata.generation ?? 0),
  )
  const help = 'If this persists, check the log of the operator.'
  return [
    ...(unseen.length > 0 ? [{ where: namesOf(unseen), message: 'no operator has written a status yet', help }] : []),
    ...(outdated.length > 0
      ? [
          {
            where: namesOf(outdated),
            message: 'the status is outdated: it describes an earlier generation',
            help,
          },
        ]
      : []),
  ]
}

function namesOf(resources: readonly Keyed[]): string {
  const [first] = resources
  const others = resources.length - 1
  const name = first ? first[0].replace('/', ' ') : ''
  return others > 0 ? `${name} and ${count(others, 'other')}` : name
}

function resourceOverview(key: ResourceKey, { live: { status } }: ValidatedResource<Resource>): ResourceOverview {
  const [kind = '', namespace = '', name = ''] = key.split('/')
  const proxies = isRecord(status) && isRecord(status.proxies) ? status.proxies : {}
  const endpoints = isRecord(status) && isRecord(status.endpoints) ? status.endpoints : {}
  const numberOf = (value: unknown) => (typeof value === 'number' ? value : 0)
  return {
    kind,
    namespace,
    name,
    where: undefined,
    observedGeneration: generationOf(status),
    conditions: conditionsOf(status),
    proxies: { selected: numberOf(proxies.selected), programmed: numberOf(proxies.programmed) },
    endpoints: { ready: numberOf(endpoints.ready), total: numberOf(endpoints.total) },
  }
}

function generationOf(status: unknown): number {
  return isRecord(status) && typeof status.observedGeneration === 'number' ? status.observedGeneration : 0
}

const TYPES: readonly ShownCondition['type'][] = ['Accepted', 'ResolvedRefs', 'Programmed', 'EndpointsReady']

/** The conditions of l7mesh. */
function conditionsOf(status: unknown): readonly ShownCondition[] {
  const found = isRecord(status) && Array.isArray(status.conditions) ? status.conditions.filter(isRecord) : []
  return found.flatMap(({ type, status: holds, reason, message }) => {
    const known = TYPES.find(name => name === type)
    if (!known) return []
    const is = holds === 'True' || holds === 'False' ? holds : 'Unknown'
    return [{ type: known, status: is, reason: String(reason), message: typeof message === 'string' ? message : '' }]
  })
}

function by<T>(name: (value: T) => string): (a: T, b: T) => number {
  return (a, b) => (name(a) < name(b) ? -1 : 1)
}
