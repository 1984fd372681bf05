/** Indexes over a snapshot, so that a question costs what its answer is, and not what the snapshot is. */
import type { Rule, Selector } from '@l7mesh/crds'
import type { EndpointSlice, Pod } from '../sources/kubernetes.ts'
import type { ByName, Snapshot } from '../sources/snapshot.ts'
import { keyOfReference, parseReference } from './references.ts'

type Entry = readonly [key: string, pod: Pod]

/** `LABEL=VALUE` → the pods that have it. */
export function labelIndex(pods: ByName<Pod>): ReadonlyMap<string, readonly Entry[]> {
  const index = new Map<string, Entry[]>()
  for (const entry of pods)
    for (const [label, value] of Object.entries(entry[1].metadata.labels ?? {}))
      append(index, `${label}=${value}`, entry)
  return index
}

/** Pods among which all are that the selector can select. */
export function candidatesOf(
  { matchLabels = {} }: Selector,
  index: ReadonlyMap<string, readonly Entry[]>,
  pods: ByName<Pod>,
): readonly Entry[] {
  const buckets = Object.entries(matchLabels).map(([label, value]) => index.get(`${label}=${value}`) ?? [])
  if (buckets.length === 0) return [...pods]
  return buckets.reduce((least, bucket) => (bucket.length < least.length ? bucket : least))
}

/** `NAMESPACE/NAME` of a Service → its slices, in the order of their names. */
export function slicesByService(slices: ByName<EndpointSlice>): ReadonlyMap<string, readonly EndpointSlice[]> {
  const index = new Map<string, EndpointSlice[]>()
  for (const [, slice] of [...slices].sort(byKey)) {
    const service = slice.metadata.labels?.[SERVICE_LABEL]
    if (service !== undefined) append(index, `${slice.metadata.namespace}/${service}`, slice)
  }
  return index
}

const SERVICE_LABEL = 'kubernetes.io/service-name'

/** The keys of the pods that a slice points at. */
export function podsOfSlice({ metadata, endpoints }: EndpointSlice): readonly string[] {
  return endpoints.flatMap(({ targetRef }) =>
    targetRef?.kind === 'Pod' ? [`${targetRef.namespace ?? metadata.namespace}/${targetRef.name}`] : [],
  )
}

/** `NAMESPACE/NAME` of a rulelist → the keys of the Rules that name it. */
export function rulesByList(rules: ByName<Rule>): ReadonlyMap<string, readonly string[]> {
  const index = new Map<string, string[]>()
  for (const [key, { metadata, spec }] of rules) {
    const list = parseReference(spec?.rulelist, metadata.namespace ?? 'default')
    if (list !== undefined) append(index, keyOfReference(list), key)
  }
  return index
}

export function keysOf(snapshot: Snapshot, kind: string): readonly string[] {
  switch (kind) {
    case 'VirtualService':
      return [...snapshot.virtualServices.keys()]
    case 'Target':
      return [...snapshot.targets.keys()]
    case 'Rule':
      return [...snapshot.rules.keys()]
    case 'Route':
      return [...snapshot.routes.keys()]
    default:
      return []
  }
}

function append<T>(index: Map<string, T[]>, key: string, item: T): void {
  const items = index.get(key)
  if (items === undefined) index.set(key, [item])
  else items.push(item)
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}
