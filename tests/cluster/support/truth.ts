/**
 * Finds inconsistencies in the mesh of a namespace by reading everything again: the resources at the API server, the
 * config of each proxy, and their statuses.
 */
import { createValidator, type Route, type Rule, type Target, type VirtualService } from '@l7mesh/crds'
import { explain } from '@l7mesh/proxy-client'
import { ONCE } from '../../../operator/src/cli/cluster/read.ts'
import { inspectFleetOnce } from '../../../operator/src/cli/inspect/inspect-proxies.ts'
import { connect } from '../../../operator/src/converge/connect.ts'
import { transformEndpointSlice, transformPod, transformService } from '../../../operator/src/kinds/transform.ts'
import { nameOf } from '../../../operator/src/kube/collection.ts'
import type { KubeClient } from '../../../operator/src/kube/kube-client.ts'
import { list } from '../../../operator/src/kube/list.ts'
import type { RawObject } from '../../../operator/src/raw-object.ts'
import { statusToApply } from '../../../operator/src/report/kubernetes/applied-status.ts'
import { statuses } from '../../../operator/src/report/status.ts'
import {
  resourceValidator,
  type ValidatedResource,
} from '../../../operator/src/sources/kubernetes/validated-resource.ts'
import type { Resource, ResourceKind, Snapshot } from '../../../operator/src/sources/snapshot.ts'
import { createTranslator } from '../../../operator/src/translate/translate.ts'

/** One line per pending call of a proxy, per unreadable proxy, and per incorrect status. */
export async function whatIsWrong(client: KubeClient, namespace: string): Promise<readonly string[]> {
  const { snapshot, held } = await read(client, namespace)
  const translate = createTranslator({ selectorScope: 'all', allowControllerDestination: false, allowLogFiles: false })
  const fleet = translate(snapshot)
  const proxies = await inspectFleetOnce(fleet, { connect })
  const calls = [...proxies].flatMap(([key, { error, plan, live }]) =>
    plan && live ? explain(plan, live).map(({ line }) => `${key} needs ${line}`) : [`${key}: ${error?.message}`],
  )
  const wanted = statuses({ snapshot, fleet, proxies, rejected: new Map() })
  const wrong = [...wanted].flatMap(([key, status]) => {
    const live = held.get(key)?.live.status
    return statusToApply(status, live, new Date(0)) === undefined
      ? []
      : [`${key} should say ${JSON.stringify(status)}, and says ${JSON.stringify(live)}`]
  })
  return [...(proxies.size === 0 ? ['no proxy is ready'] : []), ...calls, ...wrong]
}

type Truth = { readonly snapshot: Snapshot; readonly held: ReadonlyMap<string, ValidatedResource<Resource>> }

/** It is expensive to create. */
const { validate } = createValidator()

async function read(client: KubeClient, namespace: string): Promise<Truth> {
  const listed = async <T>(group: string, plural: string, take: (object: RawObject) => T) => {
    const options = { ...ONCE, signal: new AbortController().signal }
    const { items } = await list(client, { group, version: 'v1', plural, namespace }, options)
    return new Map(items.map(item => [nameOf(item), take(item)]))
  }
  const resources = async <T extends Resource>(kind: T['kind'] & ResourceKind, plural: string) => {
    const hold = resourceValidator<T>(kind, validate)
    const held = await listed('l7mp.io', plural, item => hold(item, undefined))
    const inForce = [...held].flatMap(([name, { lastValid }]) => (lastValid ? [[name, lastValid] as const] : []))
    return { inForce: new Map(inForce), held: [...held].map(([name, one]) => [`${kind}/${name}`, one] as const) }
  }
  const [virtualServices, targets, rules, routes, pods, services, endpointSlices] = await Promise.all([
    resources<VirtualService>('VirtualService', 'virtualservices'),
    resources<Target>('Target', 'targets'),
    resources<Rule>('Rule', 'rules'),
    resources<Route>('Route', 'routes'),
    listed('', 'pods', transformPod),
    listed('', 'services', transformService),
    listed('discovery.k8s.io', 'endpointslices', transformEndpointSlice),
  ])
  const snapshot = {
    virtualServices: virtualServices.inForce,
    targets: targets.inForce,
    rules: rules.inForce,
    routes: routes.inForce,
    pods,
    services,
    endpointSlices,
  }
  const held = [...virtualServices.held, ...targets.held, ...rules.held, ...routes.held]
  return { snapshot, held: new Map<string, ValidatedResource<Resource>>(held) }
}
