/** What `l7mesh cleanup` is about in a cluster: the pods with a proxy in them, and the lease of their operators. */
import { hostname } from 'node:os'
import { groupKindOf, KINDS } from '../../kinds/kinds.ts'
import { nameOf } from '../../kube/collection.ts'
import { list } from '../../kube/list.ts'
import type { RawObject } from '../../raw-object.ts'
import { styleFor } from '../../report/text/style.ts'
import { coreValidator, InvalidCore } from '../../sources/kubernetes/validated-core.ts'
import type { ProxyRef } from '../../translate/desired.ts'
import { proxyOf } from '../../translate/lookup/pods.ts'
import { UserError } from '../../user-error.ts'
import type { ClusterAccess } from '../cluster/cluster-access.ts'
import { leaseOf, operatorsAmong } from '../cluster/operators.ts'
import { ONCE } from '../cluster/read.ts'
import type { World } from '../process/process-io.ts'
import { whileLeading } from './hold-lease.ts'
import type { CleanupOptions, Target } from './target.ts'

export async function clusterTarget(cluster: ClusterAccess, options: CleanupOptions, world: World): Promise<Target> {
  const pods = await podsOf(cluster, options.namespace ?? [])
  return {
    proxies: pods.flatMap(pod => proxyIn(pod) ?? []),
    reach: { connect: cluster.connect },
    whileLeading(use) {
      if (cluster.via === 'apiserver') throw notFromHere()
      return options.force ? use(() => true) : leading(cluster, pods, options, world, use)
    },
  }
}

/** No more than pods are listed: that is all that the chart's cleanup is allowed. */
async function podsOf({ client }: ClusterAccess, namespaces: readonly string[]): Promise<readonly RawObject[]> {
  const scopes = namespaces.length === 0 ? [undefined] : namespaces
  const listings = scopes.map(namespace => list(client, { ...KINDS.pods, namespace }, LIST_OPTIONS))
  return (await Promise.all(listings)).flatMap(({ items }) => items)
}

const LIST_OPTIONS = { ...ONCE, signal: new AbortController().signal }

/** Also one that is not ready, but none that is ending: what it holds goes with it. */
function proxyIn(raw: RawObject): ProxyRef | undefined {
  const pod = HOLD_POD(raw, undefined)
  if (pod instanceof InvalidCore) return undefined
  const isEnding = pod.metadata.deletionTimestamp !== undefined || ENDED.has(pod.status?.phase)
  return isEnding ? undefined : proxyOf(nameOf(raw), pod)
}

const HOLD_POD = coreValidator(groupKindOf(KINDS.pods), KINDS.pods.transform)
const ENDED: ReadonlySet<string | undefined> = new Set(['Succeeded', 'Failed'])

function leading(
  { client, namespace }: ClusterAccess,
  pods: readonly RawObject[],
  options: CleanupOptions,
  world: World,
  use: Parameters<Target['whileLeading']>[0],
): ReturnType<Target['whileLeading']> {
  const { variables } = world.settings
  const operators = operatorsAmong(pods)
  const found = leaseOf(operators, variables.POD_NAMESPACE || namespace)
  const settings = operators[0]?.settings
  if (settings?.leaderElect === false) throw unelected()
  const style = styleFor(world, world.stderr)
  return whileLeading(
    {
      client,
      lease: { namespace: options.leaseNamespace ?? found.namespace, name: options.lease ?? found.name },
      instance: variables.POD_NAME || hostname(),
      times: {
        duration: settings?.leaseDuration ?? 10_000,
        renewDeadline: settings?.leaseRenewDeadline ?? 7000,
        renewEvery: settings?.leaseRenewEvery ?? 2000,
      },
      patienceMs: options.wait,
      say: text => world.stderr.write(`${style.quiet(text)}\n`),
    },
    use,
  )
}

function unelected(): UserError {
  return new UserError('an operator runs without leader election, and would put everything back', {
    help: 'Uninstall it first, or scale it to 0. With --force it is not asked who runs.',
  })
}

function notFromHere(): UserError {
  return new UserError('through the API server, proxies are only read: nothing was taken off', {
    help:
      'Say --via pods where the addresses of pods can be reached from here; or let the chart do it: ' +
      'helm upgrade with cleanup.enabled=true, then helm uninstall.',
  })
}
