/** A snapshot and the indexes over it, as the world of translation reads them: made of those of the snapshot before. */
import type { Rule, VirtualService } from '@l7mesh/crds'
import type { EndpointSlice, Pod } from '../../kinds/core-types.ts'
import { type ByName, EMPTY_SNAPSHOT, type Snapshot } from '../../sources/snapshot.ts'
import { changes, type Index, NO_INDEX, reindex } from '../incremental/indexes.ts'
import { Patch } from '../incremental/patch.ts'
import { listenerPort } from '../l7mp/cycles/next-listeners.ts'
import { namedByRule, namedByService } from '../l7mp/rulelists.ts'
import { Findings, guarded } from '../problems.ts'
import { type PodState, proxyOf, stateOf } from './pods.ts'
import { keyOfReference, parseReference } from './references.ts'
import { isStub } from './stubs.ts'

export type View = {
  readonly snapshot: Snapshot
  /** The ready pods, by `LABEL=VALUE`. */
  readonly pods: Index<Pod>
  /** Those that get no new sessions and are not over, likewise. */
  readonly otherPods: Index<Pod>
  /** The keys of those ready pods that are proxies. */
  readonly proxies: readonly string[]
  /** By `NAMESPACE/NAME` of the Service. */
  readonly slices: Index<EndpointSlice>
  /** By `NAMESPACE/NAME` of the rulelist that they name. */
  readonly rules: Index<Rule>
  /** By `list NAMESPACE/NAME` of the rulelists and `rule NAMESPACE/NAME` of the Rules that they name in their rules. */
  readonly namingServices: Index<VirtualService>
  readonly namingRules: Index<Rule>
  /** Those that make a listener, by the port of its socket, as in `udp:53`. */
  readonly listeners: Index<VirtualService>
}

export const EMPTY_VIEW: View = {
  snapshot: EMPTY_SNAPSHOT,
  pods: NO_INDEX,
  otherPods: NO_INDEX,
  proxies: [],
  slices: NO_INDEX,
  rules: NO_INDEX,
  namingServices: NO_INDEX,
  namingRules: NO_INDEX,
  listeners: NO_INDEX,
}

export function look(snapshot: Snapshot, before: View): View {
  const inState = (states: readonly PodState[], known: Index<Pod>) =>
    podsInState(states, snapshot.pods, before.snapshot.pods, known.items)
  const ready = inState(['ready'], before.pods)
  return {
    snapshot,
    pods: reindex(ready, before.pods, labelsOf),
    otherPods: reindex(inState(['serving', 'unready'], before.otherPods), before.otherPods, labelsOf),
    proxies: proxiesIn(ready, before),
    slices: reindex(snapshot.endpointSlices, before.slices, serviceOf),
    rules: reindex(snapshot.rules, before.rules, listOf),
    namingServices: reindex(snapshot.virtualServices, before.namingServices, namedByService),
    namingRules: reindex(snapshot.rules, before.namingRules, namedByRule),
    listeners: reindex(snapshot.virtualServices, before.listeners, portsOf),
  }
}

/** `known` are those of `before`. */
function podsInState(
  states: readonly PodState[],
  pods: ByName<Pod>,
  before: ByName<Pod>,
  known: ByName<Pod>,
): ByName<Pod> {
  if (pods === before) return known
  const patch = new Patch(known)
  for (const { key, is } of changes(pods, before)) {
    if (is !== undefined && states.includes(stateOf(is))) patch.set(key, is)
    else patch.delete(key)
  }
  return patch.result()
}

/** Most pods that come and go are no proxies. */
function proxiesIn(ready: ByName<Pod>, { pods, proxies }: View): readonly string[] {
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
  return guarded(new Findings(), [], () => {
    const port = isStub(service) ? undefined : listenerPort(service.spec.listener.spec)
    return port === undefined ? [] : [port]
  })
}
