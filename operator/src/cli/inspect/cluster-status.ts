/** `l7mesh status` for a cluster: the leader, the live state of the proxies, and the statuses of the resources. */
import { KubeError } from '../../kube/kube-error.ts'
import { ago } from '../../report/formatting.ts'
import { phase, podState, problemLines, resourceLines } from '../../report/text/sections.ts'
import type { Style } from '../../report/text/style.ts'
import { table } from '../../report/text/table.ts'
import { type ClusterAccess, type NamespaceOptions, namespaceOf } from '../cluster/cluster-access.ts'
import { type ObservedCluster, observeCluster, proxiesFor } from '../cluster/observe-cluster.ts'
import { leaseOf, readLeadership } from '../cluster/operators.ts'
import { type Format, show } from '../options/format.ts'
import type { TranslationOptions } from '../options/translation.ts'
import type { ExitCode } from '../process/exit-codes.ts'
import type { ProcessIO } from '../process/process-io.ts'
import { type ClusterOverview, clusterOverviewOf, isClusterGood } from './cluster-overview.ts'
import { inspectWithSessions } from './inspect-proxies.ts'

type ClusterStatusOptions = TranslationOptions & NamespaceOptions & { readonly output: Format }

export async function clusterStatus(
  cluster: ClusterAccess,
  options: ClusterStatusOptions,
  io: ProcessIO,
): Promise<ExitCode> {
  const observed = await observeCluster(cluster, options, io)
  const { overview } = await inspectCluster(observed, namespaceOf(options, cluster), io)
  const width = io.stdout.size()?.columns ?? 120
  show(io, options.output, overview, style => clusterStatusLines(overview, width, style))
  return isClusterGood(overview) && overview.proxies.length > 0 ? 0 : 1
}

/** Reads the proxies of a namespace and the lease. */
export async function inspectCluster(observed: ObservedCluster, namespace: string | undefined, io: ProcessIO) {
  const lease = leaseOf(observed.operators, observed.cluster.namespace)
  const { connect } = observed.cluster
  const fleet = proxiesFor(observed, namespace)
  const [[proxies, sessions], leader] = await Promise.all([
    inspectWithSessions(fleet, { connect }),
    leadershipOf(observed, lease),
  ])
  const overview = clusterOverviewOf({ observed, namespace, proxies, sessions, lease, ...leader, now: io.now() })
  return { proxies, overview }
}

/** Missing permission to read leases does not prevent the rest. */
async function leadershipOf({ cluster }: ObservedCluster, lease: ReturnType<typeof leaseOf>) {
  try {
    return { leadership: await readLeadership(cluster.client, lease), problems: [] }
  } catch (error) {
    if (!(error instanceof KubeError && error.code === 'forbidden')) throw error
    const where = `Lease ${lease.namespace}/${lease.name}`
    const problem = {
      where,
      message: `the leader is unknown: ${error.message}`,
      help: 'Allow the verb get on leases.',
    }
    return { leadership: undefined, problems: [problem] }
  }
}

export function clusterStatusLines(overview: ClusterOverview, width: number, style: Style): readonly string[] {
  const { cluster, namespace, proxies } = overview
  const scope = namespace === undefined ? 'all namespaces' : `namespace ${namespace}`
  const sections = [
    [style.quiet(`${cluster}, ${scope}`)],
    operatorLines(overview, style),
    proxies.length > 0 ? proxyLines(overview, style) : noProxy(overview, style),
    unreadyLines(overview, style),
    overview.resources.length > 0 ? resourceLines(overview.resources, style) : noResource(overview, style),
    problemLines({ ...overview, pods: [] }, width, style),
    proxies.some(({ phase }) => phase === 'converging')
      ? [style.quiet(`Pending calls: l7mesh diff${namespace === undefined ? ' -A' : ` -n ${namespace}`}`)]
      : [],
  ]
  return sections.filter(section => section.length > 0).flatMap((section, i) => (i === 0 ? section : ['', ...section]))
}

function operatorLines({ operators, lease }: ClusterOverview, style: Style): readonly string[] {
  const rows = operators.map(operator => [
    operator.pod,
    podState(operator, style),
    operator.leads ? style.good('leads') : 'stands by',
    `${operator.restarts}`,
    ago(operator.ageMs),
  ])
  const isElsewhere = lease.isHeld && !operators.some(({ leads }) => leads)
  return [
    ...table(['OPERATOR', 'STATE', 'ROLE', 'RESTARTS', 'AGE'], rows, style),
    ...(isElsewhere ? [`Lease ${lease.namespace}/${lease.name} is held by ${lease.holder}.`] : []),
  ]
}

function proxyLines({ proxies }: ClusterOverview, style: Style): readonly string[] {
  const rows = proxies.map(proxy => [
    proxy.proxy,
    proxy.node,
    proxy.address,
    phase(proxy, style),
    `${proxy.objects ?? '?'}/${proxy.desired}`,
    `${proxy.sessions ?? '?'}`,
    `${proxy.restarts}`,
    ago(proxy.ageMs),
  ])
  return table(['PROXY', 'NODE', 'ADDRESS', 'STATE', 'OBJECTS', 'SESSIONS', 'RESTARTS', 'AGE'], rows, style)
}

function unreadyLines({ unready }: ClusterOverview, style: Style): readonly string[] {
  const rows = unready.map(pod => [pod.pod, pod.node, podState(pod, style), `${pod.restarts}`, ago(pod.ageMs)])
  return table(['PROXY NOT READY', 'NODE', 'STATE', 'RESTARTS', 'AGE'], rows, style)
}

function noProxy({ namespace, unready }: ClusterOverview, style: Style): readonly string[] {
  if (unready.length > 0) return ['No proxy is ready.']
  const help = 'A proxy is a ready pod with a container named l7mp: helm install l7mp-ingress creates some.'
  return namespace === undefined
    ? ['No proxies.', style.quiet(help)]
    : [`No proxies in namespace ${namespace}, and none for its resources.`, style.quiet('Use -A for all namespaces.')]
}

function noResource({ namespace }: ClusterOverview, style: Style): readonly string[] {
  if (namespace === undefined) return ['No resources.', style.quiet('Apply some: kubectl apply -f examples/…')]
  return [`No resources in namespace ${namespace}.`, style.quiet('Use -A for all namespaces.')]
}
