/** A snapshot and the secondary indexes over it, patched from those of the snapshot before. */
import type { Rule, VirtualService } from '@l7mesh/crds'
import type { EndpointSlice, Pod } from '../../kinds/core-types.ts'
import { type ByName, EMPTY_SNAPSHOT, type Snapshot } from '../../sources/snapshot.ts'
import { type Changes, type Index, NO_INDEX, reindex } from '../incremental/indexes.ts'
import { Patch } from '../incremental/patch.ts'
import { guarded, ProblemCollector } from '../problems.ts'
import { listenerPort } from './listener-ports.ts'
import { type PodState, proxyOf, stateOf } from './pods.ts'
import { keyOfReference, parseReference } from './references.ts'
import { listsNamedByRule, listsNamedByService, rulesNamedByService } from './rulelist-names.ts'
import { isStub } from './stubs.ts'

export type IndexedSnapshot = {
  readonly snapshot: Snapshot
  /** The ready pods, by `LABEL=VALUE`. */
  readonly pods: Index<Pod>
  /** Pods that get no new sessions and are not over, likewise. */
  readonly otherPods: Index<Pod>
  /** The keys of those ready pods that are proxies. */
  readonly proxies: readonly string[]
  /** By key of the Service. */
  readonly slices: Index<EndpointSlice>
  /** By key of the rulelist that they are inserted into. */
  readonly rules: Index<Rule>
  /** By key of the rulelists that they name in their rules. */
  readonly servicesByList: Index<VirtualService>
  readonly rulesByList: Index<Rule>
  /** By key of the Rules that they name in their rules. */
  readonly servicesByRule: Index<VirtualService>
  /** Those with a listener, by the port of its socket, as in `udp:53`. */
  readonly listeners: Index<VirtualService>
}

export const EMPTY_INDEXED_SNAPSHOT: IndexedSnapshot = {
  snapshot: EMPTY_SNAPSHOT,
  pods: NO_INDEX,
  otherPods: NO_INDEX,
  proxies: [],
  slices: NO_INDEX,
  rules: NO_INDEX,
  servicesByList: NO_INDEX,
  rulesByList: NO_INDEX,
  servicesByRule: NO_INDEX,
  listeners: NO_INDEX,
}

export function indexSnapshot(snapshot: Snapshot, before: IndexedSnapshot, changes: Changes): IndexedSnapshot {
  const inState = (states: readonly PodState[], known: Index<Pod>) =>
    podsInState(states, snapshot.pods, before.snapshot.pods, known.items, changes)
  const ready = inState(['ready'], before.pods)
  const other = inState(['serving', 'unready'], before.otherPods)
  const { virtualServices, rules } = snapshot
  return {
    snapshot,
    pods: reindex(ready, before.pods, labelsOf, changes),
    otherPods: reindex(other, before.otherPods, labelsOf, changes),
    proxies: proxiesIn(ready, before, changes),
    slices: reindex(snapshot.endpointSlices, before.slices, serviceOf, changes),
    rules: reindex(rules, before.rules, listOf, changes),
    servicesByList: reindex(virtualServices, before.servicesByList, listsNamedByService, changes),
    rulesByList: reindex(rules, before.rulesByList, listsNamedByRule, changes),
    servicesByRule: reindex(virtualServices, before.servicesByRule, rulesNamedByService, changes),
    listeners: reindex(virtualServices, before.listeners, portsOf, changes),
  }
}

/** `known` are those of `before`. */
function podsInState(
  states: readonly PodState[],
  pods: ByName<Pod>,
  before: ByName<Pod>,
  known: ByName<Pod>,
  changes: Changes,
): ByName<Pod> {
  if (pods === before) return known
  const patch = new Patch(known)
  for (const { key, is } of changes(pods, before)) {
    if (is !== undefined && states.includes(stateOf(is))) patch.set(key, is)
    else patch.delete(key)
  }
  return patch.result()
}

/** Most pods that change are not proxies. */
function proxiesIn(ready: ByName<Pod>, { pods, proxies }: IndexedSnapshot, changes: Changes): readonly string[] {
  const isProxy = (key: string, pod: Pod | undefined) => pod !== undefined && proxyOf(key, pod) !== undefined
  const isSame = changes(ready, pods.items).every(({ key, was, is }) => isProxy(key, was) === isProxy(key, is))
  return isSame ? proxies : [...ready].filter(([key, pod]) => isProxy(key, pod)).map(([key]) => key)
}

function labelsOf({ metadata }: Pod): readonly string[] {
  return Object.entries(metadata.labels ?? {}).map(([label, value]) => `${label}=${value}`)
}

const SERVICE_LABEL = 'kubernetes.io/service-name'

function serviceOf({ metadata }: EndpointSlice): readonly string[] {
  const service = metadata.labels?.[SERVICE_LABEL]
  return service === undefined ? [] : [`${metadata.namespace}/${service}`]
}

function listOf({ metadata, spec }: Rule): readonly string[] {
  const list = parseReference(spec?.rulelist, metadata.namespace ?? 'default')
  return list === undefined ? [] : [keyOfReference(list)]
}

function portsOf(service: VirtualService): readonly string[] {
  return guarded(new ProblemCollector(), [], () => {
    const port = isStub(service) ? undefined : listenerPort(service.spec.listener.spec)
    return port === undefined ? [] : [port]
  })
}
