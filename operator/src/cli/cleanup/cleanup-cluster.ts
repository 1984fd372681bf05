/** The target of `l7mesh cleanup` in a cluster: the pods with a proxy, and the lease of their operators. */
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
import type { ProcessIO } from '../process/process-io.ts'
import { whileLeading } from './hold-lease.ts'
import type { CleanupOptions, CleanupTarget } from './target.ts'

export async function clusterTarget(
  cluster: ClusterAccess,
  options: CleanupOptions,
  io: ProcessIO,
): Promise<CleanupTarget> {
  const pods = await podsOf(cluster, options.namespace ?? [])
  return {
    proxies: pods.flatMap(pod => proxyIn(pod) ?? []),
    reach: { connect: cluster.connect },
    whileLeading(use) {
      if (cluster.via === 'apiserver') throw readOnlyAccess()
      return options.force ? use(() => true) : leading(cluster, pods, options, io, use)
    },
  }
}

/** Lists only pods: the cleanup of the chart has no other permission. */
async function podsOf({ client }: ClusterAccess, namespaces: readonly string[]): Promise<readonly RawObject[]> {
  const scopes = namespaces.length === 0 ? [undefined] : namespaces
  const listings = scopes.map(namespace => list(client, { ...KINDS.pods, namespace }, LIST_OPTIONS))
  return (await Promise.all(listings)).flatMap(({ items }) => items)
}

const LIST_OPTIONS = { ...ONCE, signal: new AbortController().signal }

/** Includes proxies that are not ready, but not terminating ones, whose objects disappear with them. */
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
  io: ProcessIO,
  use: Parameters<CleanupTarget['whileLeading']>[0],
): ReturnType<CleanupTarget['whileLeading']> {
  const { variables } = io.settings
  const operators = operatorsAmong(pods)
  const found = leaseOf(operators, variables.POD_NAMESPACE || namespace)
  const settings = operators[0]?.settings
  if (settings?.leaderElect === false) throw noLeaderElection()
  const style = styleFor(io, io.stderr)
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
      timeoutMs: options.wait,
      report: text => io.stderr.write(`${style.quiet(text)}\n`),
    },
    use,
  )
}

function noLeaderElection(): UserError {
  return new UserError('an operator runs without leader election, and would recreate everything', {
    help: 'Uninstall it first, or scale it to 0. --force skips this check.',
  })
}

function readOnlyAccess(): UserError {
  return new UserError('through the API server, proxies can only be read: nothing was removed', {
    help:
      'Use --via pods if the addresses of pods are reachable from here; or let the chart do it: ' +
      'helm upgrade with cleanup.enabled=true, then helm uninstall.',
  })
}
